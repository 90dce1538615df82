import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { generate } from 'selfsigned'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDocumentReader } from './document-request.ts'
import { getPinnedRequest, type PinnedRequest } from './pinned-request.ts'

const LOOPBACK = ['127.0.0.1']
let server: Server
/** A name that no resolver knows. */
let url: string
let asked: { path: string | undefined; host: string | undefined; servername: string | false }[] = []

beforeAll(async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'app.invalid' }])
  server = createServer({ key, cert }, (request, response) => {
    const { servername } = request.socket as unknown as { servername: string }
    asked.push({ path: request.url, host: request.headers.host, servername })
    if (request.url === '/moved') return response.writeHead(302, { location: '/client.json' }).end()
    if (request.url === '/stalls') return response.writeHead(200).write('{')
    response.setHeader('content-type', 'application/json')
    response.setHeader('cache-control', 'max-age=7')
    return response.end(request.url === '/large' ? `"${'x'.repeat(1 << 20)}"` : '{"a":"ü"}')
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  url = `https://app.invalid:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

const ask = getPinnedRequest() as PinnedRequest
const request = (path: string, addresses = LOOPBACK, signal = AbortSignal.timeout(10_000)) =>
  ask(`${url}${path}`, addresses, { headers: { accept: 'application/json' }, signal })

describe('a request to an address that was checked', () => {
  beforeEach(() => {
    asked = []
    // the certificate is the test's own
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    vi.restoreAllMocks()
  })

  it('connects there, whatever the host resolves to, and names the host', async () => {
    const { status, headers, body } = await request('/client.json')
    expect([status, headers.get('content-type'), headers.get('x-none')]).toEqual([
      200,
      'application/json',
      null,
    ])
    expect(await new Response(body).json()).toEqual({ a: 'ü' })
    const { host } = new URL(url)
    expect(asked).toEqual([{ path: '/client.json', host, servername: 'app.invalid' }])
  })

  it('takes the next address where one does not answer', async () => {
    expect((await request('/client.json', ['127.0.0.2', '127.0.0.1'])).status).toBe(200)
  })

  it('follows no redirect', async () => {
    expect((await request('/moved')).status).toBe(302)
    expect(asked).toHaveLength(1)
  })

  it('ends with its signal, also in the middle of the body', async () => {
    const controller = new AbortController()
    const { body } = await request('/stalls', LOOPBACK, controller.signal)
    const read = new Response(body).text()
    controller.abort()
    await expect(read).rejects.toThrow()
    await expect(request('/client.json', LOOPBACK, AbortSignal.abort())).rejects.toThrow()
  })

  it('checks the certificate', async () => {
    vi.unstubAllEnvs()
    await expect(request('/client.json')).rejects.toThrow(/self-signed|certificate/i)
    expect(asked).toEqual([])
  })
})

describe('the reader of documents', () => {
  const signal = new AbortController().signal
  const publicAddress = '93.184.216.34'

  it('asks the addresses that were checked, and resolves the host once', async () => {
    const lookup = vi.fn(async () => [publicAddress])
    const pinned = vi.fn<PinnedRequest>(async () => ({
      status: 200,
      headers: new Headers({ 'content-type': 'application/json', 'cache-control': 'max-age=7' }),
      body: new Response('{}').body!,
    }))
    const read = createDocumentReader(undefined, lookup, pinned)
    expect(await read('https://app.example.com/client.json', signal)).toEqual({
      text: '{}',
      maxAgeSeconds: 7,
    })
    expect(lookup.mock.calls).toEqual([['app.example.com']])
    expect(pinned.mock.calls[0]!.slice(0, 2)).toEqual([
      'https://app.example.com/client.json',
      [publicAddress],
    ])
  })

  it.each([['10.0.0.1'], [publicAddress, '127.0.0.1'], []])(
    'asks nobody at %s and %s',
    async (...addresses) => {
      const pinned = vi.fn<PinnedRequest>()
      const read = createDocumentReader(undefined, async () => addresses as string[], pinned)
      await expect(read('https://app.example.com/client.json', signal)).rejects.toThrow(/public address/)
      expect(pinned).not.toHaveBeenCalled()
    },
  )

  it('asks the fetch that it is given, once the addresses are checked', async () => {
    const pinned = vi.fn<PinnedRequest>()
    const fetch = vi.fn(async () => Response.json({}))
    const read = createDocumentReader(fetch as typeof globalThis.fetch, async () => [publicAddress], pinned)
    expect(await read('https://app.example.com/client.json', signal)).toMatchObject({ text: '{}' })
    expect(pinned).not.toHaveBeenCalled()
  })

  it('has no such request on runtimes that may resolve the host again', () => {
    for (const name of ['Bun', 'Deno', 'WebSocketPair']) {
      vi.stubGlobal(name, {})
      expect(getPinnedRequest()).toBeUndefined()
      vi.unstubAllGlobals()
    }
  })
})
