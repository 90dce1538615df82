import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { scopes, staticVerifier, withAuth } from '@portico-mcp/auth'
import { createMcpHandler, type FetchHandler, McpServer } from '@portico-mcp/core'
import { withCors, withGuard, withRateLimit } from '@portico-mcp/guard'
import { describe, expect, it, vi } from 'vitest'
import { toLambdaHandler } from './index.ts'
import { recorded, SHAPES, toResponse } from './testing/events.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const MB = 1024 * 1024
const started = vi.fn()

const mcp = createMcpHandler(() => {
  const server = new McpServer({ name: 'tested', version: '1' })
  server.registerTool('never', {}, () => {
    started()
    return new Promise(() => {})
  })
  return server
})

/** A handler that tells what it was asked. */
function recorder(respond: () => Response = () => new Response(null, { status: 202 })) {
  const fetch = vi.fn<FetchHandler['fetch']>(respond)
  return { fetch, asked: () => ({ request: fetch.mock.calls[0]![0], options: fetch.mock.calls[0]![1] }) }
}

const at = (remaining: number) => ({ getRemainingTimeInMillis: () => remaining })

const post = (shape: string, body: unknown, headers: Record<string, string> = {}) => {
  const event = recorded(shape)
  const changed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))
  return {
    ...event,
    headers: { ...event.headers, ...headers },
    ...(event.multiValueHeaders && { multiValueHeaders: { ...event.multiValueHeaders, ...changed } }),
    body: JSON.stringify(body),
    isBase64Encoded: false,
  }
}

describe.each(SHAPES)('a recorded event of a %s', (shape) => {
  it('is answered in the form of its own kind', async () => {
    const result = await toLambdaHandler(mcp)(recorded(shape), at(3000))
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }
    const multiValueHeaders = { 'content-type': ['application/json'], 'cache-control': ['no-store'] }
    const whole = { statusCode: 200, body: { jsonrpc: '2.0', id: 1, result: {} }, isBase64Encoded: false }
    expect({ ...result, body: JSON.parse(result.body) }).toEqual(
      {
        'rest-api': { ...whole, multiValueHeaders },
        'http-api': { ...whole, headers },
        'function-url': { ...whole, headers },
        'load-balancer': { ...whole, statusDescription: '200 OK', headers },
        'load-balancer-multi-value': { ...whole, statusDescription: '200 OK', multiValueHeaders },
      }[shape],
    )
  })

  it('becomes the request that the client sent', async () => {
    const { fetch, asked } = recorder()
    await toLambdaHandler({ fetch })(recorded(shape))
    const { request, options } = asked()
    const [origin, query] = {
      'rest-api': ['https://k3x9example.execute-api.eu-west-1.amazonaws.com', { tag: ['a', 'b & c'] }],
      'http-api': ['https://k3x9example.execute-api.eu-west-1.amazonaws.com', { tag: ['a', 'b & c'] }],
      'function-url': ['https://q2w3e4r5t6example.lambda-url.eu-west-1.on.aws', { tag: ['a', 'b & c'] }],
      'load-balancer': ['https://mcp.example.com', { tag: ['b & c'] }],
      'load-balancer-multi-value': ['http://mcp.example.com', { tag: ['a', 'b & c'] }],
    }[shape]
    const url = new URL(request.url)
    expect([url.origin, url.pathname, request.method]).toEqual([origin, '/mcp', 'POST'])
    expect([url.searchParams.getAll('tag'), url.searchParams.get('page')]).toEqual([query.tag, '2'])
    expect(request.headers.get('accept')?.replace(/\s/g, '')).toBe('application/json,text/event-stream')
    expect(request.headers.get('cookie')).toBe('session=a; theme=dark')
    expect(request.headers.get('content-length')).toBe('40')
    expect(await request.json()).toEqual({ jsonrpc: '2.0', id: 1, method: 'ping' })
    expect(options).toEqual({ streaming: false, clientAddress: '203.0.113.7' })
  })

  it('carries bytes out in base64, and text as it is', async () => {
    const image = recorder(
      () => new Response(Buffer.from([0xff, 0xd8, 0]), { headers: { 'content-type': 'image/jpeg' } }),
    )
    const carried = await toLambdaHandler(image)(recorded(shape))
    expect(carried).toMatchObject({ body: '/9gA', isBase64Encoded: true })
    const packed = recorder(
      () =>
        new Response(Buffer.from([0x1f, 0x8b]), {
          headers: { 'content-type': 'text/html', 'content-encoding': 'gzip' },
        }),
    )
    expect(await toLambdaHandler(packed)(recorded(shape))).toMatchObject({ isBase64Encoded: true })
    const text = recorder(() => new Response('grüße', { headers: { 'content-type': 'text/plain' } }))
    expect(await toLambdaHandler(text)(recorded(shape))).toMatchObject({
      body: 'grüße',
      isBase64Encoded: false,
    })
  })

  it('carries every cookie out', async () => {
    const headers = new Headers([
      ['set-cookie', 'a=1; Path=/'],
      ['set-cookie', 'b=2'],
    ])
    const handler = recorder(() => new Response('{}', { headers }))
    const response = toResponse(await toLambdaHandler(handler)(recorded(shape)))
    // a target group without multi-value headers takes one
    const isSingle = shape === 'load-balancer'
    expect(response.headers.getSetCookie()).toEqual(isSingle ? ['b=2'] : ['a=1; Path=/', 'b=2'])
  })

  it('is answered in the protocol where it makes no request', async () => {
    const onerror = vi.fn()
    const handle = toLambdaHandler(mcp, { onerror })
    const event = recorded(shape)
    const { http } = event.requestContext
    const changes: object[] = [
      http
        ? { requestContext: { ...event.requestContext, http: { ...http, method: 'CONNECT' } } }
        : { httpMethod: 'CONNECT' },
      http ? { rawPath: 'no-path' } : { path: 'no-path' },
      post(shape, {}, { [shape === 'rest-api' ? 'Host' : 'host']: 'evil.example.com/path' }),
      post(shape, {}, { 'bad name': 'x' }),
      post(shape, {}, { accept: 'line\nbreak', Accept: 'line\nbreak' }),
    ]
    for (const change of changes) {
      const result = await handle({ ...event, ...change })
      expect(result.statusCode).toBe(400)
      expect(JSON.parse(result.body)).toMatchObject({ error: { code: -32600 } })
    }
    expect(onerror).toHaveBeenCalledTimes(changes.length)
    expect(onerror).toHaveBeenCalledWith(expect.objectContaining({ reason: 'invalid-request' }))
  })

  it('is answered with the id before the function is ended', async () => {
    const call = {
      jsonrpc: '2.0',
      id: 'slow',
      method: 'tools/call',
      params: { name: 'never', arguments: {} },
    }
    started.mockClear()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const answer = toLambdaHandler(mcp)(post(shape, call), at(540))
    while (started.mock.calls.length === 0) await new Promise(setImmediate)
    vi.advanceTimersByTime(40)
    vi.useRealTimers()
    const result = await answer
    expect(result.statusCode).toBe(504)
    expect(JSON.parse(result.body)).toEqual({
      jsonrpc: '2.0',
      id: 'slow',
      error: { code: -32603, message: 'The answer took more than 40 ms' },
    })
  })

  it('is answered in time where nothing behind listens to the signal', async () => {
    const onerror = vi.fn()
    const deaf = { fetch: () => new Promise<Response>(() => {}) }
    const endless = { fetch: () => new Response(new ReadableStream()) }
    for (const handler of [deaf, endless]) {
      const result = await toLambdaHandler(handler, { reserveMs: 20, onerror })(recorded(shape), at(40))
      expect(result.statusCode).toBe(504)
    }
    expect(onerror).toHaveBeenCalledWith(expect.objectContaining({ reason: 'request-timeout' }))
  })

  it('passes every part that stands in front of a handler', async () => {
    const verifier = staticVerifier({ 'a-token': { clientId: 'ann', scopes: [] } })
    const composed = withGuard(
      withCors(withAuth(withRateLimit(mcp), { verifier, requireExpiry: false }), { allowedOrigins: [] }),
      { allowedHosts: ['*.amazonaws.com', '*.on.aws', 'mcp.example.com'] },
    )
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    }
    const params = { notifications: { toolsListChanged: true }, _meta: meta }
    const event = post(
      shape,
      { jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params },
      {
        [shape === 'rest-api' ? 'MCP-Protocol-Version' : 'mcp-protocol-version']: '2026-07-28',
        'mcp-method': 'subscriptions/listen',
        authorization: 'Bearer a-token',
      },
    )
    const result = await toLambdaHandler(composed)(event)
    expect(result.statusCode).toBe(404)
    expect(JSON.parse(result.body).error.message).toBe('Answers are not streamed here')
    const { authorization: _, ...headers } = event.headers
    const { authorization: __, ...multiValueHeaders } = event.multiValueHeaders ?? {}
    const anonymous = { ...event, headers, ...(event.multiValueHeaders && { multiValueHeaders }) }
    expect((await toLambdaHandler(composed)(anonymous)).statusCode).toBe(401)
  })
})

describe('toLambdaHandler', () => {
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a scheduled event', { source: 'aws.events', 'detail-type': 'Scheduled Event' }],
    ['messages of a queue', { Records: [{ eventSource: 'aws:sqs', body: '{}' }] }],
    ['an event of a WebSocket', { requestContext: { eventType: 'CONNECT', connectionId: 'a' } }],
  ])('answers %s with 400', async (_, event) => {
    const result = await toLambdaHandler(mcp)(event as never)
    expect(result).toMatchObject({ statusCode: 400, headers: { 'content-type': 'application/json' } })
    expect(JSON.parse(result.body).error.message).toMatch(/not an HTTP request/)
  })

  it('masks what the handler throws, and reports it', async () => {
    const onerror = vi.fn()
    const failing = {
      fetch: () => {
        throw new Error('secret')
      },
    }
    const result = await toLambdaHandler(failing, { onerror })(recorded('http-api'))
    expect([result.statusCode, result.body]).toEqual([500, expect.not.stringContaining('secret')])
    expect(onerror).toHaveBeenCalledWith(new Error('secret'))
    const throwing = () => {
      throw new Error('of no matter')
    }
    expect((await toLambdaHandler(failing, { onerror: throwing })(recorded('http-api'))).statusCode).toBe(500)
  })

  it.each([
    ['rest-api', 'what API Gateway waits for', undefined, 28_500],
    ['http-api', 'what API Gateway waits for', undefined, 28_500],
    ['rest-api', 'what it is told', 60_000, 59_500],
    ['function-url', 'the time that is left', undefined, 899_500],
    ['load-balancer', 'the time that is left', undefined, 899_500],
  ])('behind a %s a call may take %s', async (shape, _, gatewayTimeoutMs, limit) => {
    vi.useFakeTimers()
    try {
      let aborted = false
      const waiting = {
        fetch: (request: Request) => {
          request.signal.addEventListener('abort', () => {
            aborted = true
          })
          return new Promise<Response>(() => {})
        },
      }
      const answer = toLambdaHandler(waiting, { gatewayTimeoutMs })(recorded(shape), at(900_000))
      await vi.advanceTimersByTimeAsync(limit - 1)
      expect(aborted).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      expect(aborted).toBe(true)
      await vi.advanceTimersByTimeAsync(250)
      expect((await answer).statusCode).toBe(504)
    } finally {
      vi.useRealTimers()
    }
  })

  it('ends a call in time behind parts that hand on a request of their own, whatever is collected', async () => {
    const verifier = staticVerifier({ 'a-token': { clientId: 'ann', scopes: [] } })
    const gated = withAuth(mcp, { verifier, requireExpiry: false, scopes: scopes(() => []) })
    const composed = withGuard(gated, { publicUrl: 'https://mcp.example.com', trustProxy: 1 })
    const call = {
      jsonrpc: '2.0',
      id: 'slow',
      method: 'tools/call',
      params: { name: 'never', arguments: {} },
    }
    const headers = { authorization: 'Bearer a-token', 'x-forwarded-host': 'mcp.example.com' }
    started.mockClear()
    const answer = toLambdaHandler(composed)(post('http-api', call, headers), at(800))
    await vi.waitFor(() => expect(started).toHaveBeenCalled())
    await new Promise(setImmediate)
    collectGarbage()
    const { statusCode, body } = await answer
    expect([statusCode, JSON.parse(body).id]).toEqual([504, 'slow'])
  })

  it('leaves out stage and base path, and nothing that only begins like them', async () => {
    const pathOf = async (event: object, basePath?: string) => {
      const { fetch, asked } = recorder()
      await toLambdaHandler({ fetch }, { basePath })(event as never)
      return new URL(asked().request.url).pathname
    }
    const http = recorded('http-api')
    expect(await pathOf(http)).toBe('/mcp')
    expect(await pathOf({ ...http, rawPath: '/prod' })).toBe('/')
    expect(await pathOf({ ...http, rawPath: '/production/mcp' })).toBe('/production/mcp')
    expect(await pathOf({ ...http, rawPath: '/prod/api/mcp' }, '/api')).toBe('/mcp')
    const payload1 = { ...recorded('rest-api'), version: '1.0', path: '/prod/mcp' }
    expect(await pathOf(payload1)).toBe('/mcp')
    const rest = recorded('rest-api')
    expect(await pathOf({ ...rest, path: '/api/mcp' }, 'api/')).toBe('/mcp')
    expect(await pathOf({ ...rest, path: '/a?b#c\\d/é' })).toBe('/a%3Fb%23c%5Cd/%C3%A9')
    expect(await pathOf({ ...rest, path: '//evil.example.com/mcp' })).toBe('//evil.example.com/mcp')
  })

  it('knows the client of a load balancer by what that appended, whatever the client forged', async () => {
    const addressOf = async (forwarded: string) => {
      const { fetch, asked } = recorder()
      await toLambdaHandler({ fetch })(post('load-balancer', {}, { 'x-forwarded-for': forwarded }))
      return asked().options?.clientAddress
    }
    expect(await addressOf('1.2.3.4, 203.0.113.7:4711')).toBe('203.0.113.7')
    expect(await addressOf('[2001:db8::1]:4711')).toBe('2001:db8::1')
    expect(await addressOf('2001:db8::1')).toBe('2001:db8::1')
  })

  it.each([
    ['http-api', 6 * MB],
    ['load-balancer', MB],
  ])('behind a %s answers in the protocol what Lambda would lose', async (shape, most) => {
    const onerror = vi.fn()
    const sized = async (length: number, character = 'a') => {
      const message = { jsonrpc: '2.0', id: 'large', result: { text: character.repeat(length) } }
      const handle = toLambdaHandler({ fetch: () => Response.json(message) }, { onerror })
      const result = await handle(recorded(shape))
      expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThanOrEqual(most)
      return result
    }
    expect((await sized(most - 1000)).statusCode).toBe(200)
    expect(onerror).not.toHaveBeenCalled()
    // as JSON in JSON, a quote takes four bytes
    for (const large of [await sized(most), await sized(most / 3, '"')]) {
      expect(large.statusCode).toBe(500)
      expect(JSON.parse(large.body)).toEqual({
        jsonrpc: '2.0',
        id: 'large',
        error: {
          code: -32603,
          message: `The answer exceeds the ${most} bytes that can be sent without streaming`,
        },
      })
    }
    expect(onerror).toHaveBeenCalledTimes(2)
    expect(onerror).toHaveBeenCalledWith(expect.objectContaining({ reason: 'answer-too-large' }))
  })

  it('answers without an id what is too large and no message', async () => {
    const image = () => new Response(new Uint8Array(5 * MB), { headers: { 'content-type': 'image/png' } })
    const result = await toLambdaHandler({ fetch: image })(recorded('http-api'))
    expect([result.statusCode, JSON.parse(result.body).error.code]).toEqual([500, -32603])
  })

  it('sends no body with a GET', async () => {
    const event = { ...recorded('rest-api'), httpMethod: 'GET' }
    const result = await toLambdaHandler(mcp)(event)
    expect([result.statusCode, result.multiValueHeaders?.allow]).toEqual([405, ['POST']])
  })

  it('refuses options that are out of range', () => {
    expect(() => toLambdaHandler(mcp, { reserveMs: -1 })).toThrow(RangeError)
    expect(() => toLambdaHandler(mcp, { gatewayTimeoutMs: Number.NaN })).toThrow(RangeError)
  })
})
