import { bodyParser } from '@koa/bodyparser'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { type LambdaHttpEvent, toLambdaHandler } from '@portico-mcp/lambda'
import Koa from 'koa'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMcpKoaApp, toKoaHandler } from './index.ts'
import { createMcpRouter } from './router/index.ts'

const text = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })

const createServer = () => {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('never', {}, () => new Promise(() => {}))
  return server
}

const handler = () => createMcpHandler(createServer)
const router = (sessions?: Parameters<typeof createMcpRouter>[1]) =>
  createMcpRouter(createServer(), sessions).routes()

const APPS: [string, Koa][] = [
  ['a router', new Koa().use(router())],
  ['a router behind a body parser', new Koa().use(bodyParser()).use(router())],
  ['a handler', new Koa().use(toKoaHandler(handler()))],
  ['a handler behind a body parser', new Koa().use(bodyParser()).use(toKoaHandler(handler()))],
  ['a guarded app', createMcpKoaApp({ host: '0.0.0.0', allowedHosts: ['mcp.example.com'] }).use(router())],
]

interface Sent {
  method?: string
  headers?: Record<string, string>
  body?: unknown
}

/** An event of a function URL, and one of a load balancer. */
const eventsOf = ({ method = 'POST', headers = {}, body = null }: Sent): LambdaHttpEvent[] => {
  const sent = {
    headers: {
      host: 'mcp.example.com',
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: body as string | null,
  }
  const domainName = 'a.lambda-url.eu-west-1.on.aws'
  return [
    {
      ...sent,
      version: '2.0',
      rawPath: '/mcp',
      rawQueryString: '',
      requestContext: { domainName, http: { method } },
    },
    { ...sent, httpMethod: method, path: '/mcp', requestContext: { elb: {} } },
  ]
}

/** The time is only a guard: an invocation that is held ends with 504. */
const guard = { getRemainingTimeInMillis: () => 20_000 }

const LENGTHS: [string, Record<string, string>][] = [
  ['no length', {}],
  ['a length of 5', { 'content-length': '5' }],
  ['a length of 5000', { 'content-length': '5000' }],
  ['chunks', { 'transfer-encoding': 'chunked' }],
  ['chunks and a length', { 'transfer-encoding': 'chunked', 'content-length': '5' }],
  ['an expectation', { expect: '100-continue', 'content-length': '5' }],
  ['an upgrade', { connection: 'upgrade', upgrade: 'websocket', 'content-length': '5' }],
]

const printed = vi.fn()

beforeEach(() => {
  printed.mockClear()
  vi.spyOn(console, 'error').mockImplementation(printed)
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => printed(chunk) ?? true)
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe.each(APPS)('%s in an app on Lambda', (_, app) => {
  const handle = toLambdaHandler(app)

  it.each(LENGTHS)('answers at once what comes with %s', async (_, headers) => {
    const statuses: unknown[] = []
    for (const method of ['GET', 'HEAD', 'DELETE', 'POST', 'PUT']) {
      for (const body of [null, '', text]) {
        for (const event of eventsOf({ method, headers, body })) {
          statuses.push([method, body, (await handle(event, guard)).statusCode])
        }
      }
    }
    const held = statuses.filter((entry) => (entry as unknown[])[2] === 504)
    expect(held).toEqual([])
    const posted = statuses.filter((entry) => (entry as unknown[])[0] === 'POST')
    expect(posted.map((entry) => (entry as unknown[])[2])).toEqual([400, 400, 400, 400, 200, 200])
    expect(printed).not.toHaveBeenCalled()
  })

  it.each([
    ['a header of 40 kB', { 'x-large': 'x'.repeat(40_000) }],
    ['3,000 headers', Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`x-${at}`, 'a']))],
  ])('answers 431 for %s', async (_, headers) => {
    for (const event of eventsOf({ headers, body: text })) {
      expect((await handle(event, guard)).statusCode).toBe(431)
    }
    expect(printed).not.toHaveBeenCalled()
  })

  it('prints nothing of the app when a call takes too long', async () => {
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'never', arguments: {} } }
    const onerror = vi.fn()
    const handle = toLambdaHandler(app, { reserveMs: 100, onerror })
    for (const event of eventsOf({ body: JSON.stringify(call) })) {
      expect((await handle(event, { getRemainingTimeInMillis: () => 300 })).statusCode).toBe(504)
      await new Promise((later) => setTimeout(later, 50))
    }
    expect(onerror).toHaveBeenCalledWith(expect.objectContaining({ reason: 'request-timeout' }))
    expect(printed).not.toHaveBeenCalled()
  })
})
