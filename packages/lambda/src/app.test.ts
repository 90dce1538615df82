import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createMcpHandler, McpServer, REQUEST_OPTIONS } from '@portico-mcp/core'
import { toNodeHandler } from '@portico-mcp/node'
import { describe, expect, it, vi } from 'vitest'
import { type LambdaHttpResult, toLambdaHandler } from './index.ts'
import { recorded, SHAPES, toResponse } from './testing/events.ts'
import { eventOf, guard, KINDS } from './testing/matrix.ts'

const textOf = (result: LambdaHttpResult) => toResponse(result).text()

const appOf = (answer: (req: IncomingMessage, res: ServerResponse) => unknown) => ({ callback: () => answer })

it.each(SHAPES)('an app is asked what came from a %s', async (shape) => {
  const app = appOf(async (req, res) => {
    const chunks = await req.toArray()
    const { [REQUEST_OPTIONS]: options } = req as { [REQUEST_OPTIONS]?: object }
    const { method, url, headers } = req
    const { remoteAddress } = req.socket
    res.writeHead(201, { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'] })
    const body = Buffer.concat(chunks).toString()
    res.end(JSON.stringify({ method, url, host: headers.host, remoteAddress, options, body }))
  })
  const result = await toLambdaHandler(app)(recorded(shape))
  expect(result.statusCode).toBe(201)
  const asked = JSON.parse(result.body)
  expect(asked).toMatchObject({
    method: 'POST',
    host: expect.stringContaining('.'),
    options: { streaming: false },
  })
  expect(asked.url).toMatch(/^\/mcp\?/)
  expect(asked.remoteAddress).toBe(asked.options.clientAddress)
  expect(JSON.parse(asked.body)).toMatchObject({ method: 'ping' })
  const cookies = result.cookies ?? result.multiValueHeaders?.['set-cookie'] ?? result.headers?.['set-cookie']
  expect([cookies].flat().at(-1)).toBe('b=2')
})

it('an app takes and gives what is large', async () => {
  const app = appOf((req, res) => req.pipe(res.writeHead(200, { 'content-type': 'text/plain' })))
  const body = 'x'.repeat(3_000_000)
  const result = await toLambdaHandler(app)({ ...recorded('function-url'), body, isBase64Encoded: false })
  expect(result.body.length).toBe(body.length)
})

it('an app that takes too long is given up, and hears of it', async () => {
  let left: Promise<unknown> | undefined
  const app = appOf((_, res) => {
    left = once(res, 'close')
  })
  const handler = toLambdaHandler(app, { reserveMs: 0 })
  const result = await handler(recorded('function-url'), { getRemainingTimeInMillis: () => 100 })
  expect(result.statusCode).toBe(504)
  await left
})

it('an app that hangs up is answered as an error', async () => {
  const app = appOf((req) => req.socket.destroy())
  expect((await toLambdaHandler(app)(recorded('function-url'))).statusCode).toBe(500)
})

it('an app that answers without a body is answered so', async () => {
  const app = appOf((_, res) => res.writeHead(204).end())
  expect(await toLambdaHandler(app)(recorded('function-url'))).toMatchObject({ statusCode: 204, body: '' })
})

describe.each([
  ['a header of 40 kB', { 'x-large': 'x'.repeat(40_000) }, 431],
  ['3,000 headers', Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`x-${at}`, 'a'])), 431],
  ['headers of 20 kB together', { 'x-a': 'x'.repeat(10_000), 'x-b': 'x'.repeat(10_000) }, 431],
  ['a control character in a header', { 'x-control': 'a\x01b' }, 400],
  ['an encoding of the connection', { 'transfer-encoding': 'chunked' }, 200],
  ['an unknown encoding of the connection', { 'transfer-encoding': 'identity, rot13' }, 200],
  ['a connection to upgrade', { connection: 'upgrade', upgrade: 'websocket' }, 200],
  ['an expectation', { expect: '100-continue' }, 200],
  ['an unknown expectation', { expect: 'the-unexpected' }, 200],
])('an app behind a request with %s', (_, headers, expected) => {
  it.each(KINDS)('is answered for by a %s as Node answers', async (kind) => {
    const app = appOf(async (req, res) => res.end(Buffer.concat(await req.toArray())))
    const onerror = vi.fn()
    for (const [method, body] of [
      ['POST', 'hello'],
      ['POST', null],
      ['GET', null],
    ] as const) {
      const event = eventOf(kind, { method, headers: headers as Record<string, string>, body })
      const result = await toLambdaHandler(app, { onerror })(event, guard)
      expect(result.statusCode).toBe(expected)
      if (expected === 200) expect(await textOf(result)).toBe(body ?? '')
    }
    if (expected !== 400) expect(onerror).not.toHaveBeenCalled()
  })
})

it('a method that Node does not know is answered as Node answers', async () => {
  const result = await toLambdaHandler(appOf((_, res) => res.end()))(
    eventOf('http-api', { method: 'BREW' }),
    guard,
  )
  expect(result.statusCode).toBe(400)
})

it('an app is asked with all of the headers that fit', async () => {
  const names = Array.from({ length: 2200 }, (_, at) => `${at.toString(36)}_`)
  const app = appOf((req, res) => res.end(String(names.filter((name) => name in req.headers).length)))
  const headers = Object.fromEntries(names.map((name) => [name, '']))
  const result = await toLambdaHandler(app)(eventOf('http-api', { headers, body: 'a' }), guard)
  expect([result.statusCode, await textOf(result)]).toEqual([200, '2200'])
})

it('an app may answer with more headers than a request may have', async () => {
  const app = appOf((_, res) => {
    for (let at = 0; at < 3000; at++) res.setHeader(`x-${at}`, 'a'.repeat(20))
    res.end('answered')
  })
  const result = await toLambdaHandler(app)(recorded('http-api'), guard)
  expect([result.statusCode, await textOf(result), result.headers?.['x-2999']]).toEqual([
    200,
    'answered',
    'a'.repeat(20),
  ])
})

it.each([
  [
    'that ends with the connection',
    (res: ServerResponse) => {
      res.removeHeader('transfer-encoding')
      res.removeHeader('content-length')
      res.write('an')
      res.end('swer')
    },
  ],
  [
    'that it writes itself',
    ({ socket }: ServerResponse) => {
      socket!.write('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nan')
      socket!.end('swer')
    },
  ],
  [
    'in front of which it sends hints',
    (res: ServerResponse) => {
      res.writeContinue()
      res.writeEarlyHints({ link: '</a.css>; rel=preload' })
      res.end('answer')
    },
  ],
  [
    'after which it hangs up',
    (res: ServerResponse) => {
      res.end('answer', () => res.socket?.destroy())
    },
  ],
])('an app is heard to the end of an answer %s', async (_, answer) => {
  const result = await toLambdaHandler(appOf((_, res) => answer(res)))(recorded('http-api'), guard)
  expect([result.statusCode, await textOf(result)]).toEqual([200, 'answer'])
})

it('an answer that the app breaks off is an error', async () => {
  const app = appOf((_, res) => {
    res.writeHead(200, { 'content-length': '10' })
    res.write('half', () => res.destroy())
  })
  const onerror = vi.fn()
  expect((await toLambdaHandler(app, { onerror })(recorded('http-api'), guard)).statusCode).toBe(500)
  expect(onerror).toHaveBeenCalledTimes(1)
})

it('an app that switches protocols is answered as an error', async () => {
  const app = appOf((_, res) => res.writeHead(101, { connection: 'upgrade', upgrade: 'echo' }).end())
  expect((await toLambdaHandler(app, { onerror: () => {} })(recorded('http-api'), guard)).statusCode).toBe(
    500,
  )
})

it('an app may refuse a large body that it does not read', async () => {
  const body = 'x'.repeat(3_000_000)
  const app = appOf((req, res) => res.writeHead(413).end('too large', () => req.socket.destroy()))
  const result = await toLambdaHandler(app)(eventOf('http-api', { body }), guard)
  expect([result.statusCode, await textOf(result)]).toEqual([413, 'too large'])
})

describe('a server that toNodeHandler mounts in an app', () => {
  const seen: unknown[] = []
  const mcp = createMcpHandler(({ authInfo }) => {
    seen.push(authInfo)
    return new McpServer(
      { name: 'mounted', version: '1.0.0' },
      { capabilities: { tools: { listChanged: true } } },
    )
  })
  const app = appOf(toNodeHandler(mcp))

  it('knows the caller that the authorizer found', async () => {
    const authInfo = { token: 'a', clientId: 'c', scopes: [], extra: { sub: 'ann' } }
    for (const found of [authInfo, undefined]) {
      seen.length = 0
      const answer = await toLambdaHandler(app, { authInfo: () => found })(recorded('http-api'))
      expect([answer.statusCode, seen]).toEqual([200, [found]])
    }
  })

  it('holds no invocation for a client that listens', async () => {
    const params = {
      notifications: { toolsListChanged: true },
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    }
    const method = 'subscriptions/listen'
    const event = eventOf('function-url', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    } as never)
    expect((await toLambdaHandler(app)(event as never, guard)).statusCode).toBe(404)
  })
})
