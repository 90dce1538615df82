import { staticVerifier, withAuth } from '@portico-mcp/auth'
import { withGuard, withRateLimit } from '@portico-mcp/guard'
import { sessions } from '@portico-mcp/sessions'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { withTelemetry } from './index.ts'
import { collect } from './testing/collect.ts'
import { call, createTools, message, modern, post, URL_UNDER_TEST } from './testing/requests.ts'

const collected = collect()
afterEach(() => {
  collected.reset()
  vi.useRealTimers()
})

/** How much a metric has grown, or shrunk. */
async function change(
  metric: string,
  attributes: Record<string, unknown>,
  act: () => Promise<unknown>,
): Promise<number> {
  const before = await collected.total(metric, attributes)
  await act()
  return (await collected.total(metric, attributes)) - before
}

describe('calls', () => {
  it('are counted and timed, by method, tool and end', async () => {
    const { fetch } = withTelemetry(createTools())
    const attributes = { 'gen_ai.tool.name': 'work', 'mcp.method.name': 'tools/call' }
    const act = () => fetch(post(call('work')))
    expect(await change('portico.server.calls', attributes, act)).toBe(1)
    expect(await change('mcp.server.operation.duration', attributes, act)).toBe(1)
    const failed = { 'error.type': '-32601', 'rpc.response.status_code': '-32601' }
    expect(await change('portico.server.calls', failed, () => fetch(modern('nothing/known')))).toBe(1)
  })

  it('make no series for names that a stranger makes up', async () => {
    const { fetch } = withTelemetry(createTools())
    const calls = (names: string[]) => Promise.all(names.map((name) => fetch(post(call(name)))))
    await calls(['first', 'fail'])
    const before = (await collected.points('mcp.server.operation.duration')).length
    const madeUp = Array.from({ length: 300 }, (_, index) => `made-up-${index}`)
    await calls(madeUp)
    await Promise.all(madeUp.map((method) => fetch(modern(method))))
    await Promise.all(madeUp.map((version) => fetch(post(call('work'), { 'mcp-protocol-version': version }))))
    const points = await collected.points('mcp.server.operation.duration')
    expect(points.length - before).toBeLessThan(6)
    expect(JSON.stringify(points)).not.toContain('made-up')
    expect(collected.spans().filter(({ name }) => name.includes('made-up'))).toEqual([])
  })

  it('learn the names that a list shows, up to a limit', async () => {
    const tools = Array.from({ length: 300 }, (_, index) => ({ name: `tool-${index}` }))
    const { fetch } = withTelemetry({
      fetch: async (_: Request, { parsedBody }: { parsedBody?: any } = {}) => {
        const { method } = parsedBody
        const result = method === 'tools/list' ? { tools } : { isError: true, content: [] }
        return Response.json({ jsonrpc: '2.0', id: 1, result })
      },
    })
    await fetch(post(message('tools/list')))
    for (const name of ['tool-0', 'tool-299']) await fetch(post(call(name)))
    expect(collected.spans().map(({ name }) => name)).toEqual([
      'tools/list',
      'tools/call tool-0',
      'tools/call',
    ])
  })

  it('name only the tools that are listed, where they are', async () => {
    const { fetch } = withTelemetry(createTools(), { toolNames: ['fail'], methodNames: ['our/own'] })
    for (const request of [post(call('work')), post(call('fail')), post(message('our/own'))])
      await fetch(request)
    const names = collected.spans().map(({ name }) => name)
    expect(names.filter((name) => name !== 'inside')).toEqual(['tools/call', 'tools/call fail', 'our/own'])
  })
})

describe('refusals', () => {
  const reasons =
    (handler: { fetch: (request: Request) => Promise<Response> }, request: Request) => async () => {
      const response = await handler.fetch(request)
      expect((await response.text()).length).toBeGreaterThan(0)
    }
  const verifier = staticVerifier({ known: { clientId: 'ann', scopes: ['a'] } })
  const gated = (requiredScopes: string[]) =>
    withTelemetry(withAuth(createTools(), { verifier, requiredScopes }))
  const known = { authorization: 'Bearer known' }

  it.each([
    ['origin-not-allowed', 403, withTelemetry(withGuard(createTools())), { origin: 'https://evil.example' }],
    ['invalid_token', 401, gated([]), {}],
    ['insufficient_scope', 403, gated(['b']), known],
    ['unsupported-media-type', 415, withTelemetry(createTools()), { 'content-type': 'text/plain' }],
  ])('are counted by their reason: %s', async (reason, status, handler, headers: Record<string, string>) => {
    const attributes = { 'portico.rejection.reason': reason, 'http.response.status_code': status }
    const act = reasons(handler, post(call('work'), headers))
    expect(await change('portico.server.rejections', attributes, act)).toBe(1)
    if (status !== 415) {
      const type = reason === 'origin-not-allowed' ? '-32600' : String(status)
      expect(collected.span('tools/call').attributes['error.type']).toBe(type)
    }
  })

  it('are counted by their reason: rate-limited, in front as behind', async () => {
    const attributes = { 'portico.rejection.reason': 'rate-limited', 'http.response.status_code': 429 }
    const outside = withTelemetry(withRateLimit(createTools(), { capacity: 1, refillPerSecond: 0.001 }))
    await outside.fetch(post(call('work')))
    const act = reasons(outside, post(call('work')))
    expect(await change('portico.server.rejections', attributes, act)).toBe(1)
    const inside = withRateLimit(withTelemetry(createTools()), { capacity: 1, refillPerSecond: 0.001 })
    await inside.fetch(post(call('work')))
    collected.reset()
    expect((await inside.fetch(post(call('work')))).status).toBe(429)
    expect(collected.spans()).toEqual([])
  })

  it('are counted by their reason: what core refuses', async () => {
    const { fetch } = withTelemetry(createTools({ maxRequestBodySize: 200 }))
    const refused: [string, Request][] = [
      ['method-not-allowed', new Request(URL_UNDER_TEST, { method: 'PUT' })],
      ['parse-error', post('{')],
      ['body-too-large', post(call('work', { text: 'x'.repeat(500) }))],
      ['method-not-found', modern('nothing')],
      ['header-mismatch', modern('ping', {}, { headers: { 'content-type': 'application/json' } })],
    ]
    for (const [reason, request] of refused) {
      const act = () => fetch(request)
      expect(
        await change('portico.server.rejections', { 'portico.rejection.reason': reason }, act),
        reason,
      ).toBe(1)
    }
  })
})

describe('streams', () => {
  const open = (kind: string) =>
    collected.total('portico.server.streams.open', { 'portico.stream.kind': kind })

  it('are counted while they are open, and a call ends with its result', async () => {
    const { fetch } = withTelemetry(createTools())
    const response = await fetch(
      modern('tools/call', { name: 'report', arguments: {}, _meta: { progressToken: 1 } }),
    )
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(await open('response')).toBe(1)
    const text = await response.text()
    expect(text).toContain('notifications/progress')
    expect(text).toContain('"result"')
    expect(await open('response')).toBe(0)
    expect(collected.span('tools/call report').attributes).not.toHaveProperty('error.type')
  })

  it('that a client leaves before the result end the call as left', async () => {
    const { fetch } = withTelemetry(createTools(), { toolNames: ['wait'] })
    const response = await fetch(
      modern('tools/call', { name: 'wait', arguments: {}, _meta: { progressToken: 1 } }),
    )
    const reader = response.body!.getReader()
    await reader.read()
    expect(await open('response')).toBe(1)
    await reader.cancel()
    expect(await open('response')).toBe(0)
    expect(collected.span('tools/call wait').attributes['error.type']).toBe('client-left')
  })

  it('that are aborted by the request end the call as left', async () => {
    const leaving = new AbortController()
    const { fetch } = withTelemetry(createTools(), { toolNames: ['wait'] })
    const params = { name: 'wait', arguments: {}, _meta: { progressToken: 1 } }
    const response = await fetch(modern('tools/call', params, { signal: leaving.signal }))
    const read = response.text().catch(() => '')
    leaving.abort()
    await read
    expect(collected.span('tools/call wait').attributes['error.type']).toBe('client-left')
    expect(await open('response')).toBe(0)
  })

  it('that listen are open until the client leaves, which is no failure', async () => {
    const handler = withTelemetry(createTools())
    const listen = () =>
      handler.fetch(modern('subscriptions/listen', { notifications: { toolsListChanged: true } }))
    const left = (await listen()).body!.getReader()
    await left.read()
    const closed = (await listen()).text()
    expect(await open('listen')).toBe(2)
    expect(collected.spans()).toEqual([])
    await left.cancel()
    expect(await open('listen')).toBe(1)
    await handler.close()
    await closed
    expect(await open('listen')).toBe(0)
    expect(collected.spans().map(({ name, attributes }) => [name, attributes['error.type']])).toEqual([
      ['subscriptions/listen', undefined],
      ['subscriptions/listen', undefined],
    ])
  })

  it('pass an event that is larger than what is looked at', async () => {
    const large = JSON.stringify({ jsonrpc: '2.0', id: 1, result: { text: 'x'.repeat(3_000_000) } })
    const next = JSON.stringify({ jsonrpc: '2.0', id: 2, error: { code: -32000, message: '' } })
    const frames = new TextEncoder().encode(`data: ${large}\r\n\r\ndata: ${next}\r\n\r\n`)
    const body = new ReadableStream({
      start(controller) {
        for (let at = 0; at < frames.length; at += 50_000) controller.enqueue(frames.slice(at, at + 50_000))
        controller.close()
      },
    })
    const { fetch } = withTelemetry({
      fetch: async () => new Response(body, { headers: { 'content-type': 'text/event-stream' } }),
    })
    const response = await fetch(post([message('a', {}, 1), message('b', {}, 2)]))
    expect((await response.arrayBuffer()).byteLength).toBe(frames.byteLength)
    const types = collected.spans().map(({ attributes }) => attributes['error.type'])
    expect(types.sort()).toEqual(['-32000', '_OTHER'])
  })
})

describe('sessions', () => {
  const withSessions = {
    fetch: async (request: Request, { parsedBody }: { parsedBody?: any } = {}) => {
      const id = request.headers.get('mcp-session-id')
      if (request.method === 'DELETE') return new Response(null, { status: 200 })
      const { method } = parsedBody
      if (method === 'initialize') {
        const result = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: {} }
        return Response.json(
          { jsonrpc: '2.0', id: 1, result },
          { headers: { 'mcp-session-id': 'the-session' } },
        )
      }
      return id === 'the-session'
        ? Response.json({ jsonrpc: '2.0', id: 1, result: {} })
        : Response.json({ jsonrpc: '2.0', error: { code: -32001, message: 'gone' } }, { status: 404 })
    },
  }
  const initialize = () => post(message('initialize', { protocolVersion: '2025-06-18' }))
  const within = { 'mcp-session-id': 'the-session' }
  const openSessions = () => collected.total('portico.server.sessions.open')

  it('are open from initialize to DELETE, and their spans share a digest', async () => {
    const { fetch } = withTelemetry(withSessions)
    await fetch(initialize())
    expect(await openSessions()).toBe(1)
    await fetch(post(message('ping'), within))
    const attributes = { 'mcp.protocol.version': '2025-11-25' }
    const end = () => fetch(new Request(URL_UNDER_TEST, { method: 'DELETE', headers: within }))
    expect(await change('mcp.server.session.duration', attributes, end)).toBe(1)
    expect(await openSessions()).toBe(0)
    const ids = collected.spans().map(({ attributes }) => attributes['mcp.session.id'])
    expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/), ids[0]])
  })

  it('of the real kind are counted as well, and so is the stream that a GET opens', async () => {
    const { fetch, close } = withTelemetry(createTools({ legacy: sessions() }))
    const clientInfo = { name: 'client', version: '1' }
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }
    const opened = await fetch(post(message('initialize', params)))
    await opened.text()
    const headers = { 'mcp-session-id': opened.headers.get('mcp-session-id')!, accept: 'text/event-stream' }
    expect(await openSessions()).toBe(1)
    await fetch(post({ jsonrpc: '2.0', method: 'notifications/initialized' }, { ...headers, accept: '*/*' }))
    const stream = await fetch(new Request(URL_UNDER_TEST, { headers }))
    expect(stream.status).toBe(200)
    const kind = { 'portico.stream.kind': 'get' }
    expect(await collected.total('portico.server.streams.open', kind)).toBe(1)
    await stream.body!.cancel()
    expect(await collected.total('portico.server.streams.open', kind)).toBe(0)
    expect((await fetch(new Request(URL_UNDER_TEST, { method: 'DELETE', headers }))).ok).toBe(true)
    expect(await openSessions()).toBe(0)
    await close()
  })

  it('are named as they are where that is wanted', async () => {
    const { fetch } = withTelemetry(withSessions, { recordSessionIds: true })
    await fetch(post(message('ping'), within))
    expect(collected.span('ping').attributes['mcp.session.id']).toBe('the-session')
  })

  it('are over when nobody has used them for long', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { fetch } = withTelemetry(withSessions, { sessionIdleTimeoutMs: 1000 })
    await fetch(initialize())
    vi.advanceTimersByTime(2000)
    await fetch(post(message('ping'), { 'mcp-session-id': 'another' }))
    expect(await openSessions()).toBe(0)
  })

  it('refuses options that are out of their range', () => {
    expect(() => withTelemetry(withSessions, { sessionIdleTimeoutMs: 0 })).toThrow(RangeError)
    expect(() => withTelemetry(withSessions, { maxRequestBodySize: -1 })).toThrow(RangeError)
  })
})
