import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isLegacyRequest } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { type ToWebRequestOptions, toWebRequest } from './index.ts'

/** What a request of Node becomes. */
async function converted<T>(
  init: RequestInit,
  inspect: (request: Request) => T | Promise<T>,
  parsedBody?: unknown,
  options?: ToWebRequestOptions,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const server = createServer(async (req: IncomingMessage, res) => {
      try {
        resolve(await inspect(await toWebRequest(req, parsedBody, options)))
      } catch (error) {
        reject(error)
      }
      res.end()
      server.close()
    })
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      fetch(`http://127.0.0.1:${port}/mcp?x=1`, init).catch(() => {})
    })
  })
}

const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })
const post = { method: 'POST', body, headers: { 'content-type': 'application/json', 'x-mine': 'yes' } }

describe('toWebRequest', () => {
  it('keeps method, URL, headers and body', async () => {
    const seen = await converted(post, async (request) => [
      request.method,
      new URL(request.url).pathname + new URL(request.url).search,
      request.headers.get('x-mine'),
      await request.text(),
    ])
    expect(seen).toEqual(['POST', '/mcp?x=1', 'yes', body])
  })

  it('has no body for GET', async () => {
    expect(await converted({}, (request) => request.body)).toBeNull()
  })

  it('takes a body that is parsed already, and reads nothing', async () => {
    expect(await converted(post, (request) => request.json(), { other: true })).toEqual({ other: true })
  })

  it('is what isLegacyRequest takes', async () => {
    expect(await converted(post, (request) => isLegacyRequest(request))).toBe(true)
  })

  it('carries a signal', async () => {
    const signal = AbortSignal.abort()
    expect(await converted(post, (request) => request.signal.aborted, undefined, { signal })).toBe(true)
  })

  it('refuses a body over the limit, and a limit that is none', async () => {
    const options = { maxRequestBodySize: 10 }
    await expect(converted(post, () => {}, undefined, options)).rejects.toMatchObject({
      reason: 'body-too-large',
      status: 413,
    })
    await expect(converted(post, () => {}, undefined, { maxRequestBodySize: 0 })).rejects.toThrow(RangeError)
  })
})
