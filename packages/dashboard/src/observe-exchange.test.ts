import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { createMcpHandler, type FetchHandler, McpServer } from '@portico-mcp/core'
import { type ExchangeObserver, observeExchange, type ResponseEnd, wrap } from '@portico-mcp/core/internal'
import { withGuard } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'
import { sessions } from '@portico-mcp/sessions'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { call, createDesk, ORIGIN, post } from './testing/requests.ts'

/** Keeps what it is called with. */
class Keeper implements ExchangeObserver {
  requestTexts: string[] = []
  requestChunks = ''
  status: number | undefined
  type: string | null = null
  texts: string[] = []
  chunks = ''
  ends: ResponseEnd[] = []
  errors: unknown[] = []

  requestText(text: string): void {
    this.requestTexts.push(text)
  }
  requestChunk(chunk: Uint8Array): void {
    this.requestChunks += new TextDecoder().decode(chunk)
  }
  failed(error: unknown): void {
    this.errors.push(error)
  }
  responseHead({ status, headers }: { status: number; headers: Pick<Headers, 'get'> }): void {
    this.status = status
    this.type = headers.get('content-type')
  }
  responseText(text: string): void {
    this.texts.push(text)
  }
  responseChunk(chunk: Uint8Array): void {
    this.chunks += new TextDecoder().decode(chunk)
  }
  responseEnd(how: ResponseEnd): void {
    this.ends.push(how)
  }
}

let keepers: Keeper[] = []
beforeEach(() => {
  keepers = []
})

/** Puts an observer that keeps everything in front of a handler. */
const observed = <H extends FetchHandler>(handler: H) =>
  wrap(handler, (request, options) => {
    const keeper = new Keeper()
    keepers.push(keeper)
    return observeExchange(handler, request, options, keeper)
  })

const only = (): Keeper => {
  expect(keepers).toHaveLength(1)
  return keepers[0]!
}

const legacy = sessions()
const desk = createMcpHandler(
  () => {
    const server = new McpServer({ name: 'desk', version: '1.0.0' })
    server.registerTool('say', {}, async () => ({ content: [{ type: 'text', text: 'said' }] }))
    server.registerTool('count', {}, async ({ sendNotification }) => {
      const params = { progressToken: 'p', progress: 1 }
      await sendNotification({ method: 'notifications/progress', params })
      return { content: [{ type: 'text', text: 'counted' }] }
    })
    server.registerTool('wait', {}, async ({ sendNotification, signal }) => {
      const params = { progressToken: 'p', progress: 1 }
      await sendNotification({ method: 'notifications/progress', params })
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      return { content: [] }
    })
    return server
  },
  { maxRequestBodySize: 10_000, onerror: () => {} },
)
const handler = observed(desk)
const withSessions = observed(createMcpHandler(() => new McpServer({ name: 's', version: '1' }), { legacy }))
afterAll(() => Promise.all([desk.close(), withSessions.close()]))

let origin: string
const server = createServer((req, res) =>
  toNodeHandler(req.url === '/sessions' ? withSessions : handler)(req, res),
)
beforeAll(async () => {
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }

describe.each<[string, (body: string, init?: RequestInit & { path?: string }) => Promise<Response>]>([
  [
    'by fetch',
    (body, { path = '/mcp', ...init } = {}) => {
      const request = new Request(`${ORIGIN}${path}`, { method: 'POST', headers: HEADERS, body, ...init })
      return (path === '/sessions' ? withSessions : handler).fetch(request)
    },
  ],
  [
    'over a socket',
    (body, { path = '/mcp', ...init } = {}) =>
      fetch(`${origin}${path}`, { method: 'POST', headers: HEADERS, body, ...init }),
  ],
])('an exchange %s', (_, send) => {
  const ended = () => vi.waitFor(() => expect(only().ends).toHaveLength(1))

  it('of JSON is observed as it was read and written', async () => {
    const body = `${JSON.stringify(call('say'))} `
    const text = await (await send(body)).text()
    await ended()
    expect(only()).toMatchObject({ requestTexts: [body], status: 200, ends: ['done'], errors: [] })
    expect(only().type).toContain('application/json')
    expect(only().texts.join('') + only().chunks).toBe(text)
  })

  it('of a stream is observed chunk by chunk', async () => {
    const text = await (await send(JSON.stringify(call('count')))).text()
    await ended()
    expect(only()).toMatchObject({ status: 200, chunks: text, texts: [], ends: ['done'] })
    expect(only().type).toBe('text/event-stream')
    expect(text).toContain('"progress":1')
  })

  it('of a batch is one body each way', async () => {
    const body = JSON.stringify([call('say'), { ...call('say'), id: 2 }])
    const headers = { ...HEADERS, 'mcp-protocol-version': '2025-03-26' }
    const response = await send(body, { headers })
    expect(await response.json()).toHaveLength(2)
    await ended()
    expect(only()).toMatchObject({ requestTexts: [body], ends: ['done'] })
  })

  it.each<[string, string, number, RequestInit]>([
    ['a body that is not JSON', '{"broken', 400, {}],
    ['a body that is too large', JSON.stringify(call('say', { text: 'x'.repeat(20_000) })), 413, {}],
    ['a media type that is not JSON', 'text', 415, { headers: { ...HEADERS, 'content-type': 'text/plain' } }],
    ['a method that is not allowed', '', 405, { method: 'PUT' }],
  ])('with %s is observed with its refusal', async (_, body, status, init) => {
    const response = await send(body, init)
    expect(response.status).toBe(status)
    await response.text()
    await ended()
    expect(only()).toMatchObject({ status, ends: ['done'], errors: [expect.objectContaining({ status })] })
    expect(only().requestTexts).toEqual(status === 400 ? [body] : [])
  })

  it('that its client leaves is left', async () => {
    const leaving = new AbortController()
    const response = await send(JSON.stringify(call('wait')), { signal: leaving.signal })
    const reader = response.body!.getReader()
    await reader.read()
    leaving.abort()
    await reader.cancel().catch(() => {})
    await ended()
    expect(only().status).toBe(200)
    expect(only().chunks).toContain('"progress":1')
  })

  it('of a session is observed from initialize to the end of its GET stream', async () => {
    const clientInfo = { name: 'c', version: '1' }
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }
    const path = '/sessions'
    const opened = await send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }), {
      path,
    })
    await opened.text()
    const within = { ...HEADERS, 'mcp-session-id': opened.headers.get('mcp-session-id')! }
    const notification = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })
    expect((await send(notification, { path, headers: within })).status).toBe(202)
    const stream = await send(undefined as never, {
      path,
      method: 'GET',
      headers: { ...within, accept: 'text/event-stream' },
    })
    expect(stream.status).toBe(200)
    expect(keepers.map(({ status }) => status)).toEqual([200, 202, 200])
    expect(keepers[2]).toMatchObject({ type: 'text/event-stream', requestTexts: [], ends: [] })
    await stream.body!.cancel()
    await vi.waitFor(() => expect(keepers[2]!.ends).toEqual(['left']))
    expect(keepers[0]!.ends).toEqual(['done'])
    expect(keepers[1]).toMatchObject({ requestTexts: [notification], ends: ['done'] })
  })
})

describe('a body over a socket', () => {
  it('that breaks off is never told', async () => {
    const socket = connect(Number(new URL(origin).port), '127.0.0.1')
    const head = ['POST /mcp HTTP/1.1', 'Host: localhost', 'Content-Type: application/json']
    socket.write(`${head.join('\r\n')}\r\nContent-Length: 100\r\n\r\n{"jsonrpc"`)
    await vi.waitFor(() => expect(keepers).toHaveLength(1))
    socket.destroy()
    await vi.waitFor(() => expect(only().ends).toHaveLength(1))
    expect(only().requestTexts).toEqual([])
  })
})

describe('observers', () => {
  it('are all called, the outer one as well', async () => {
    const both = observed(observed(createDesk()))
    await (await both.fetch(post(call('say', { text: 'hello' })))).text()
    expect(keepers).toHaveLength(2)
    for (const keeper of keepers) {
      expect(keeper).toMatchObject({ status: 200, ends: ['done'] })
      expect(keeper.requestTexts).toEqual([JSON.stringify(call('say', { text: 'hello' }))])
    }
  })

  it('see what a wrapper answers in place of the handler, and nothing else', async () => {
    const replaced = {
      fetch: async (...args: Parameters<typeof desk.fetch>) => {
        const response = await desk.fetch(...args)
        return new Response(`${await response.text()} `, response)
      },
    }
    const text = await (await observed(replaced).fetch(post(call('say')))).text()
    expect(only()).toMatchObject({ chunks: text, texts: [], ends: ['done'] })
  })

  it('see bodies that a handler of another library reads, piece by piece', async () => {
    const other: FetchHandler = { fetch: async (request) => Response.json(await request.json()) }
    const response = await observed(other).fetch(post({ read: 'me' }))
    expect(await response.json()).toEqual({ read: 'me' })
    expect(only()).toMatchObject({
      requestTexts: [],
      requestChunks: '{"read":"me"}',
      chunks: '{"read":"me"}',
    })
  })

  it('see that a handler rejects', async () => {
    const broken = observed({ fetch: () => Promise.reject(new Error('broke')) })
    await expect(broken.fetch(post({}))).rejects.toThrow('broke')
    expect(only()).toMatchObject({ status: undefined, ends: ['broken'] })
  })

  it('see the refusal of a guard behind them, without the body', async () => {
    const response = await observed(withGuard(desk)).fetch(post(call('say'), { host: 'evil.example' }))
    expect(response.status).toBe(403)
    await response.text()
    expect(only()).toMatchObject({ status: 403, requestTexts: [], ends: ['done'] })
  })

  it('keep nothing of the request that the handler gets', async () => {
    const seen = vi.fn(desk.fetch)
    const request = post(call('say'))
    await wrap({ fetch: seen }, (given, options) => desk.fetch(given, options)).fetch(request)
    const handed = vi.fn()
    const inner = wrap(desk, (given, options) => {
      handed(given)
      return desk.fetch(given, options)
    })
    const other = post(call('say'))
    await observed(inner).fetch(other)
    expect(handed).toHaveBeenCalledWith(other)
    expect(Object.keys(other)).toEqual([])
  })
})
