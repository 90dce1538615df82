import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isLegacyRequest } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { bodyParserRefusal, type ToWebRequestOptions, toWebRequest, toWebRequestHead } from './index.ts'

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

describe('toWebRequestHead', () => {
  const head = (over: object) =>
    toWebRequestHead({
      method: 'POST',
      url: '/mcp?x=1',
      headers: { host: 'mcp.test' },
      rawHeaders: ['Host', 'mcp.test'],
      socket: {},
      ...over,
    } as never)

  it('leaves the body unread', async () => {
    const request = head({})
    expect([request.method, request.url, request.headers.get('host')]).toEqual([
      'POST',
      'http://mcp.test/mcp?x=1',
      'mcp.test',
    ])
    expect(request.body).toBeNull()
  })

  it('has the URL that the client sent, from under a mount too', () => {
    expect(head({ url: '/', originalUrl: '/api/mcp' }).url).toBe('http://mcp.test/api/mcp')
  })

  it('never takes its host from the path', () => {
    expect(head({ url: '//evil.example/mcp' }).url).toBe('http://mcp.test//evil.example/mcp')
  })

  it.each([
    { headers: { host: 'a b' } },
    { headers: { host: 'mcp.test/elsewhere' } },
    { headers: { host: 'mcp.test/elsewhere?' } },
    { headers: { host: 'mcp.test#' } },
    { headers: { host: 'mcp.test\\elsewhere' } },
    { headers: { host: 'mcp.test@evil.example' } },
    { url: 'http://[' },
    { method: 'TRACE' },
  ])('is refused for %o, which makes no Request', (over) => {
    expect(() => head(over)).toThrow(expect.objectContaining({ reason: 'invalid-request', status: 400 }))
  })
})

describe('bodyParserRefusal', () => {
  const thrown = (status: unknown) => Object.assign(new Error('parser'), { status })

  it.each([
    [400, 'parse-error'],
    [413, 'body-too-large'],
    [415, 'unsupported-media-type'],
  ])('of a parser that says %i is %s', (status, reason) => {
    expect(bodyParserRefusal(thrown(status))).toMatchObject({ reason, status })
    expect(bodyParserRefusal(Object.assign(new Error('x'), { statusCode: status }))).toMatchObject({ reason })
  })

  it.each([thrown(500), thrown(undefined), 'text', null])('is none of what is another error', (error) => {
    expect(bodyParserRefusal(error)).toBeUndefined()
  })
})
