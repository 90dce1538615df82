import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from '@modelcontextprotocol/client'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { withTelemetry } from './index.ts'
import { collect } from './testing/collect.ts'
import { call, createTools, message, modern, post, URL_UNDER_TEST } from './testing/requests.ts'

const collected = collect()
afterEach(() => collected.reset())

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const OTHER_TRACE = '0af7651916cd43dd8448eb211c80319c'
const parent = (traceId: string) => `00-${traceId}-00f067aa0ba902b7-01`

describe('the span of a message', () => {
  it('follows the semantic conventions', async () => {
    const { fetch } = withTelemetry(createTools())
    await fetch(modern('tools/call', { name: 'work', arguments: { text: 'hush' } }))
    const span = collected.span('tools/call work')
    expect(span.kind).toBe(SpanKind.SERVER)
    expect(span.status.code).toBe(SpanStatusCode.UNSET)
    expect(span.attributes).toEqual({
      'mcp.method.name': 'tools/call',
      'mcp.protocol.version': '2026-07-28',
      'jsonrpc.request.id': '1',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'work',
      'network.protocol.name': 'http',
      'network.transport': 'tcp',
    })
  })

  it('is the parent of what a tool does', async () => {
    const { fetch } = withTelemetry(createTools())
    for (const request of [modern('tools/call', { name: 'work', arguments: {} }), post(call('work'))]) {
      await fetch(request)
      const span = collected.span('tools/call work')
      const inside = collected.span('inside')
      expect(inside.parentSpanContext?.spanId).toBe(span.spanContext().spanId)
      collected.reset()
    }
  })

  it('names a prompt, and a resource by its URI only where it is told to', async () => {
    const handler = createTools()
    await withTelemetry(handler).fetch(post(message('prompts/get', { name: 'greet' })))
    expect(collected.span('prompts/get greet').attributes['gen_ai.prompt.name']).toBe('greet')
    const read = () => post(message('resources/read', { uri: 'note://1' }))
    await withTelemetry(handler).fetch(read())
    expect(collected.span('resources/read').attributes).not.toHaveProperty('mcp.resource.uri')
    collected.reset()
    await withTelemetry(handler, { recordResourceUris: true }).fetch(read())
    expect(collected.span('resources/read').attributes['mcp.resource.uri']).toBe('note://1')
  })

  it('knows the revision that was agreed on', async () => {
    const initialize = message('initialize', {
      protocolVersion: '1999-01-01',
      capabilities: {},
      clientInfo: { name: 'c', version: '1' },
    })
    await withTelemetry(createTools()).fetch(post(initialize))
    expect(collected.span('initialize').attributes['mcp.protocol.version']).toBe('2025-11-25')
  })

  it('is written for notifications, which have no id', async () => {
    const response = await withTelemetry(createTools()).fetch(
      post({ jsonrpc: '2.0', method: 'notifications/initialized' }),
    )
    expect(response.status).toBe(202)
    expect(collected.span('notifications/initialized').attributes).not.toHaveProperty('jsonrpc.request.id')
  })

  it('is written for each message of a batch, each with its own end', async () => {
    const batch = [
      call('work'),
      message('nothing/known', {}, 2),
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { ...message('tools/call', { name: 'fail', arguments: {} }), id: '1' },
    ]
    const response = await withTelemetry(createTools()).fetch(
      post(batch, { 'mcp-protocol-version': '2025-03-26' }),
    )
    expect(await response.json()).toHaveLength(3)
    const ends = collected.spans().filter(({ name }) => name !== 'inside')
    expect(ends.map(({ name, attributes }) => [name, attributes['error.type']]).sort()).toEqual([
      ['_OTHER', '-32601'],
      ['notifications/initialized', undefined],
      ['tools/call work', undefined],
      ['tools/call', 'tool_error'],
    ])
  })

  it('says how a message failed, and nothing of what was said', async () => {
    const { fetch } = withTelemetry(createTools(), { toolNames: ['work', 'fail'] })
    await fetch(post(call('fail')))
    await fetch(modern('tools/call', { name: 'nowhere', arguments: {} }))
    await fetch(modern('nothing/known'))
    await fetch(post({ jsonrpc: '2.0', id: {}, method: 'ping' }))
    expect(
      collected
        .spans()
        .map(({ name, attributes, status }) => [
          name,
          attributes['error.type'],
          attributes['rpc.response.status_code'],
          status,
        ]),
    ).toEqual([
      ['tools/call fail', 'tool_error', undefined, { code: SpanStatusCode.ERROR }],
      ['tools/call', '-32602', '-32602', { code: SpanStatusCode.ERROR }],
      ['_OTHER', '-32601', '-32601', { code: SpanStatusCode.ERROR }],
      ['ping', '-32600', '-32600', { code: SpanStatusCode.ERROR }],
    ])
  })

  it('is ended when a handler throws, and what it threw goes on', async () => {
    const fetch = () => Promise.reject(new Error('broken'))
    await expect(withTelemetry({ fetch }).fetch(post(call('work')))).rejects.toThrow('broken')
    expect(collected.span('tools/call').attributes['error.type']).toBe('_OTHER')
  })

  it('holds no argument, result, token or address', async () => {
    const { fetch } = withTelemetry(createTools())
    const headers = { authorization: 'Bearer hush', cookie: 'hush' }
    for (const name of ['work', 'fail', 'nowhere']) {
      await fetch(post(call(name, { text: 'hush' }), headers), { clientAddress: '192.0.2.1' })
    }
    await fetch(modern('tools/call', { name: 'work', arguments: { text: 7, hush: 'hush' } }))
    const written = collected
      .spans()
      .map(({ name, attributes, events, status, links }) =>
        JSON.stringify({ name, attributes, events, status, links }),
      )
    expect(written.length).toBeGreaterThan(3)
    expect(written.join()).not.toMatch(/hush|secret|192\.0\.2\.1/)
  })
})

describe('the parent of a span', () => {
  it('comes from _meta, and the trace of the HTTP request is linked', async () => {
    const { fetch } = withTelemetry(createTools())
    const seen = vi.fn()
    const handler = withTelemetry({
      fetch: async (request: Request, options: object = {}) => {
        seen(propagation.getActiveBaggage()?.getEntry('tenant')?.value)
        return fetch(request, options)
      },
    })
    const meta = { traceparent: parent(TRACE), tracestate: 'a=b', baggage: 'tenant=blue' }
    await handler.fetch(post(call('work', {}, meta), { traceparent: parent(OTHER_TRACE) }))
    const outer = collected.spans().at(-1)!
    expect(outer.name).toBe('tools/call work')
    expect(outer.spanContext().traceId).toBe(TRACE)
    expect(outer.parentSpanContext?.spanId).toBe('00f067aa0ba902b7')
    expect(outer.spanContext().traceState?.get('a')).toBe('b')
    expect(outer.links.map((link) => link.context.traceId)).toEqual([OTHER_TRACE])
    expect(seen).toHaveBeenCalledWith('blue')
  })

  it('comes from the headers where _meta has none, and is no stranger to what is active', async () => {
    const { fetch } = withTelemetry(createTools())
    await fetch(post(call('work'), { traceparent: parent(OTHER_TRACE) }))
    expect(collected.span('tools/call work').spanContext().traceId).toBe(OTHER_TRACE)
    expect(collected.span('tools/call work').links).toEqual([])
    collected.reset()
    await trace.getTracer('http').startActiveSpan('POST', async (span) => {
      await fetch(post(call('work'), { traceparent: parent(OTHER_TRACE) }))
      span.end()
    })
    expect(collected.span('tools/call work').parentSpanContext).toEqual(collected.span('POST').spanContext())
  })

  it.each([
    ['malformed', { traceparent: 'nonsense', tracestate: 7, baggage: { a: 1 } }],
    ['endless', { traceparent: parent(TRACE), baggage: `a=${'b'.repeat(100_000)}` }],
    ['inherited', JSON.parse('{"__proto__": {"traceparent": "x"}}')],
  ])('may be %s, and the request is served', async (_, meta) => {
    const response = await withTelemetry(createTools()).fetch(post(call('work', {}, meta)))
    expect(await response.json()).toHaveProperty('result')
    expect(collected.span('tools/call work')).toBeDefined()
  })
})

describe('the official clients', () => {
  const fetchOf = (handler: { fetch: (request: Request) => Promise<Response> }) =>
    ((input: string, init: RequestInit) => handler.fetch(new Request(input, init))) as typeof globalThis.fetch
  const info = { name: 'official', version: '1' }

  it('1.x: every message has a span', async () => {
    const client = new Client1(info)
    const fetch = fetchOf(withTelemetry(createTools()))
    await client.connect(new Transport1(new URL(URL_UNDER_TEST), { fetch }) as never)
    await client.listTools()
    const heard = vi.fn()
    await client.callTool({ name: 'report', arguments: {} }, undefined, { onprogress: heard })
    expect(heard).toHaveBeenCalled()
    await client.close()
    await vi.waitFor(() =>
      expect(collected.spans().map(({ name }) => name)).toEqual(
        expect.arrayContaining([
          'initialize',
          'notifications/initialized',
          'tools/list',
          'tools/call report',
        ]),
      ),
    )
  })

  it.each(['2025 era', '2026-07-28'])('2.x, %s: every message has a span', async (era) => {
    const mode = era === '2025 era' ? {} : { versionNegotiation: { mode: { pin: era } } }
    const client = new Client2(info, mode)
    const fetch = fetchOf(withTelemetry(createTools()))
    await client.connect(new Transport2(new URL(URL_UNDER_TEST), { fetch }))
    await client.callTool({ name: 'report', arguments: {} }, { onprogress: () => {} })
    await client.close()
    await vi.waitFor(() =>
      expect(collected.span('tools/call report').attributes['error.type']).toBe(undefined),
    )
    const version = collected.span('tools/call report').attributes['mcp.protocol.version']
    expect(version).toBe(era === '2025 era' ? '2025-11-25' : era)
  })
})
