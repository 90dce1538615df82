import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { describe, expect, it, vi } from 'vitest'
import { toLambdaHandler } from './index.ts'
import { eventOf, guard, KINDS, type Sent } from './testing/matrix.ts'

const mcp = createMcpHandler(() => new McpServer({ name: 'tested', version: '1' }))
const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
const text = JSON.stringify(ping)
const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }

/** The request that a handler gets for an event. */
async function requestOf(kind: (typeof KINDS)[number], sent: Sent): Promise<Request> {
  const fetch = vi.fn((_: Request) => new Response(null, { status: 202 }))
  const onerror = vi.fn()
  const { statusCode } = await toLambdaHandler({ fetch }, { onerror })(eventOf(kind, sent), guard)
  expect([statusCode, onerror.mock.calls]).toEqual([202, []])
  return fetch.mock.calls[0]![0]
}

describe.each(KINDS)('behind a %s', (kind) => {
  it.each<[string, Sent]>([
    ['text', { body: text }],
    ['base64', { body: Buffer.from(text).toString('base64'), isBase64Encoded: true }],
    ['base64 without padding', { body: Buffer.from(text).toString('base64url'), isBase64Encoded: true }],
    ['base64 in lines', { body: btoa(text).replace(/.{20}/g, '$&\r\n'), isBase64Encoded: true }],
    ['a Buffer', { body: Buffer.from(text) }],
    ['a Buffer, whatever is said of base64', { body: Buffer.from(text), isBase64Encoded: true }],
    [
      'a Uint8Array that is part of a buffer',
      { body: new Uint8Array(Buffer.from(` ${text} `)).subarray(1, -1) },
    ],
    ['an ArrayBuffer', { body: new Uint8Array(Buffer.from(text)).buffer }],
    ['a Buffer that went through JSON', { body: JSON.parse(JSON.stringify(Buffer.from(text))) }],
    ['an object', { body: ping }],
    ['an object without a prototype', { body: Object.assign(Object.create(null), ping) }],
  ])('serves a body that is %s', async (_, sent) => {
    const result = await toLambdaHandler(mcp)(eventOf(kind, { headers: json, ...sent }), guard)
    expect(result.statusCode).toBe(200)
    expect(JSON.parse(result.body)).toEqual({ jsonrpc: '2.0', id: 1, result: {} })
  })

  it('serves a batch that is an array', async () => {
    const result = await toLambdaHandler(mcp)(eventOf(kind, { headers: json, body: [ping] }), guard)
    expect([result.statusCode, JSON.parse(result.body)]).toEqual([200, [expect.objectContaining({ id: 1 })]])
  })

  it.each<[string, RegExp, Sent]>([
    ['JSON said to be base64', /body is not valid base64/, { body: text, isBase64Encoded: true }],
    ['base64 with a character left over', /not valid base64/, { body: 'YWJjZ', isBase64Encoded: true }],
    ['base64 with a foreign character', /not valid base64/, { body: 'YWJj!Q==', isBase64Encoded: true }],
    ['a number', /body must be a string, bytes, JSON or null \(got Number\)/, { body: 5 }],
    ['a boolean', /got Boolean/, { body: true }],
    ['a stream', /got ReadableStream/, { body: new Response('a').body }],
    ['a cycle', /body must be/, { body: cyclic() }],
  ])('refuses a body that is %s', async (_, message, sent) => {
    const result = await toLambdaHandler(mcp, { onerror: () => {} })(
      eventOf(kind, { headers: json, ...sent }),
      guard,
    )
    expect(result.statusCode).toBe(400)
    expect(JSON.parse(result.body).error).toEqual({ code: -32600, message: expect.stringMatching(message) })
  })

  it.each([null, undefined])('says without a body (%s) that there is none', async (body) => {
    const result = await toLambdaHandler(mcp)(eventOf(kind, { headers: json, body }), guard)
    expect([result.statusCode, JSON.parse(result.body).error.code]).toEqual([400, -32700])
  })

  it.each<[string, string | null, Sent]>([
    ['GET with a body', null, { method: 'GET', body: 'hello' }],
    ['HEAD with a body', null, { method: 'HEAD', body: 'hello' }],
    ['GET without', null, { method: 'GET', body: null }],
    ['POST without', null, { body: null }],
    ['POST with an empty body', '0', { body: '' }],
    ['DELETE without', null, { method: 'DELETE', body: null }],
    ['DELETE with a body', '5', { method: 'DELETE', body: 'hello' }],
    ['POST with a longer body', '11', { body: 'hello world' }],
    ['POST with a shorter body', '1', { body: 'h' }],
    ['POST in letters of several bytes', '6', { body: 'grüß' }],
  ])('a %s has the length of what there is', async (_, expected, sent) => {
    for (const length of ['5', '0', '99999999999', '-1', 'five']) {
      const request = await requestOf(kind, { ...sent, headers: { 'Content-Length': length } })
      expect(request.headers.get('content-length')).toBe(expected)
      expect((await request.arrayBuffer()).byteLength).toBe(Number(expected))
    }
  })

  it('leaves out what was agreed with the gateway about the connection', async () => {
    const headers = {
      connection: 'upgrade, x-forwarded-for, authorization',
      'keep-alive': 'timeout=5',
      'proxy-connection': 'keep-alive',
      te: 'trailers',
      trailer: 'x-checksum',
      'transfer-encoding': 'gzip, chunked',
      upgrade: 'websocket',
      expect: '100-continue',
      'x-forwarded-for': '203.0.113.7',
      authorization: 'Bearer a',
    }
    const request = await requestOf(kind, { headers, body: text })
    expect(Object.fromEntries(request.headers)).toEqual({
      host: 'mcp.example.com',
      'content-length': String(text.length),
      // a client cannot have the address or the token of another removed
      'x-forwarded-for': '203.0.113.7',
      authorization: 'Bearer a',
    })
  })

  it('finds headers and parameters that stand in only one of their two maps', async () => {
    const event = eventOf(kind, { headers: json, body: text })
    if (!event.httpMethod) return
    const headers =
      event.headers ??
      Object.fromEntries(Object.entries(event.multiValueHeaders).map(([k, [v]]: any) => [k, v]))
    const single = { ...event, headers, queryStringParameters: { page: '2' } }
    for (const none of [{}, null, undefined, { 'Content-Type': [] }, { 'content-type': null }]) {
      const fetch = vi.fn((_: Request) => new Response(null, { status: 202, headers: { 'x-a': 'b' } }))
      const event = { ...single, multiValueHeaders: none, multiValueQueryStringParameters: none && {} }
      await toLambdaHandler({ fetch })(event, guard)
      const [request] = fetch.mock.calls[0]!
      expect(request.headers.get('content-type')).toBe('application/json')
      expect(new URL(request.url).searchParams.get('page')).toBe('2')
    }
    const both = {
      ...single,
      headers: { ...headers, ACCEPT: 'text/html' },
      multiValueHeaders: { accept: ['a', 'b'] },
    }
    const fetch = vi.fn((_: Request) => new Response(null, { status: 202 }))
    await toLambdaHandler({ fetch })(both, guard)
    const [request] = fetch.mock.calls[0]!
    expect([request.headers.get('accept'), request.headers.get('content-type')]).toEqual([
      'a, b',
      'application/json',
    ])
  })
})

it('answers a load balancer in the form that its event has', async () => {
  const handle = toLambdaHandler(mcp)
  const single = eventOf('load-balancer', { headers: json, body: text })
  expect(await handle({ ...single, multiValueHeaders: {} }, guard)).toMatchObject({
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
  })
})

it.each([
  ['no function', { getRemainingTimeInMillis: 5000 }],
  ['missing', {}],
  ['null', { getRemainingTimeInMillis: null }],
  ['a function that returns a promise', { getRemainingTimeInMillis: async () => 5000 }],
  ['a function that throws', { getRemainingTimeInMillis: throwing }],
  ['a function that returns no number', { getRemainingTimeInMillis: () => 5000n }],
  ['of no context', null],
  ['of a text', 'context'],
])('serves where getRemainingTimeInMillis is %s', async (_, context) => {
  const result = await toLambdaHandler(mcp)(
    eventOf('function-url', { headers: json, body: text }),
    context as never,
  )
  expect(result.statusCode).toBe(200)
})

function cyclic(): object {
  const body: { self?: object } = {}
  body.self = body
  return body
}

function throwing(): never {
  throw new Error('not implemented')
}
