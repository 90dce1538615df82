import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler, isLegacyRequest } from '../handler.ts'
import { Refusal } from '../http/errors.ts'
import { InMemoryServerEventBus, type ServerEvent } from '../protocol/events.ts'
import { ask, json, legacy, messages, modern, post } from '../testing/requests.ts'
import { CLASSES, factoryOf, registerAll } from '../testing/server.ts'
import type { LegacyContext, LegacyTransport } from './extension-point.ts'

const initialize = (protocolVersion: string, headers = {}) =>
  legacy(
    'initialize',
    { protocolVersion, capabilities: {}, clientInfo: { name: 'c', version: '1' } },
    headers,
  )
const ping = (id: unknown) => ({ jsonrpc: '2.0', id, method: 'ping' })

describe.each(CLASSES)('the 2025 era without sessions, with %s', (_, Server) => {
  const handler = createMcpHandler(factoryOf(registerAll, Server))

  it.each(SUPPORTED_PROTOCOL_VERSIONS)('negotiates %s', async (version) => {
    expect((await ask(handler, initialize(version))).result).toMatchObject({
      protocolVersion: version,
      serverInfo: { name: 'tested' },
    })
  })

  it.each(['2026-07-28', '1999-01-01', 'nonsense'])(
    'offers its latest revision to one that asks for %s',
    async (version) => {
      expect((await ask(handler, initialize(version))).result.protocolVersion).toBe('2025-11-25')
    },
  )

  it('answers each request as a 2025-era server does, without 2026-07-28 fields', async () => {
    const { result } = await ask(handler, legacy('tools/list'))
    expect(Object.keys(result)).toEqual(['tools'])
    expect(result.tools[0]).toHaveProperty('execution')
    expect((await ask(handler, legacy('ping'))).result).toEqual({})
    expect((await ask(handler, legacy('logging/setLevel', { level: 'info' }))).result).toEqual({})
    expect((await ask(handler, legacy('tools/call', { name: 'nope' }))).result.isError).toBe(true)
  })

  it('answers an unknown method in HTTP 200', async () => {
    const response = await handler.fetch(legacy('no/such'))
    expect([response.status, (await response.json()).error.code]).toEqual([200, -32601])
  })
})

describe('the 2025 era without sessions', () => {
  const factory = vi.fn(factoryOf(registerAll))
  const handler = createMcpHandler(factory)

  it.each([
    ['a cancellation', { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } }],
    [
      'progress',
      { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 1 } },
    ],
    ['a response', { jsonrpc: '2.0', id: 1, result: {} }],
    ['an error', { jsonrpc: '2.0', id: 1, error: { code: -1, message: 'no' } }],
    [
      'a batch of both',
      [
        { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } },
        { jsonrpc: '2.0', id: 1, result: {} },
      ],
    ],
  ])('takes %s with 202 and an empty body, and runs no factory', async (_, body) => {
    factory.mockClear()
    const response = await handler.fetch(post(body))
    expect([response.status, await response.text()]).toEqual([202, ''])
    expect(factory).not.toHaveBeenCalled()
  })

  it.each(['2031-13-01x', 'v1', ''])('answers 400 to the version header %j', async (version) => {
    const response = await handler.fetch(post(ping(1), { 'mcp-protocol-version': version }))
    expect([response.status, (await response.json()).error.code]).toEqual([400, -32600])
  })

  it('ignores the version header on initialize', async () => {
    expect((await handler.fetch(initialize('2025-06-18', { 'mcp-protocol-version': 'v1' }))).status).toBe(200)
  })

  it.each(SUPPORTED_PROTOCOL_VERSIONS)('takes the version header %s', async (version) => {
    expect((await handler.fetch(post(ping(1), { 'mcp-protocol-version': version }))).status).toBe(200)
  })
})

describe('a batch', () => {
  const handler = createMcpHandler(factoryOf(registerAll))

  it('is answered by an array, ids with their types', async () => {
    const answers = await ask(
      handler,
      post([ping('a'), { jsonrpc: '2.0', method: 'notifications/x' }, ping(1)]),
    )
    expect(answers).toEqual([
      { jsonrpc: '2.0', id: 'a', result: {} },
      { jsonrpc: '2.0', id: 1, result: {} },
    ])
  })

  it('of one is answered by an array of one', async () => {
    expect(await ask(handler, post([ping(1)]))).toHaveLength(1)
  })

  it('streams one message an answer', async () => {
    const streaming = createMcpHandler(factoryOf(registerAll), { responseMode: 'sse' })
    expect(await messages(await streaming.fetch(post([ping(1), ping(2)])))).toMatchObject([
      { id: 1 },
      { id: 2 },
    ])
  })

  it('streams although one of it is refused at once', async () => {
    const streaming = createMcpHandler(factoryOf(registerAll), { responseMode: 'sse' })
    const response = await streaming.fetch(post([{ jsonrpc: '2.0', id: 1, method: 'no/such' }, ping(2)]))
    expect(await messages(response)).toMatchObject([{ id: 1, error: { code: -32601 } }, { id: 2 }])
  })

  it('is served by one server', async () => {
    const factory = vi.fn(factoryOf(registerAll))
    await createMcpHandler(factory).fetch(post([ping(1), ping(2)]))
    expect(factory).toHaveBeenCalledTimes(1)
  })

  it.each(['2025-06-18', '2025-11-25'])('is refused in %s, which has none', async (version) => {
    const response = await handler.fetch(post([ping(1)], { 'mcp-protocol-version': version }))
    expect([response.status, (await response.json()).error.code]).toEqual([400, -32600])
  })

  it.each([
    ['that is empty', []],
    ['that initializes', [{ jsonrpc: '2.0', id: 1, method: 'initialize', params: {} }]],
    ['that uses an id twice', [ping(1), ping(1)]],
    ['that holds no message', [5]],
    ['of more than 100 messages', Array.from({ length: 101 }, (_, id) => ping(id))],
  ])('%s is refused', async (_, body) => {
    const response = await handler.fetch(post(body))
    expect([response.status, (await response.json()).error.code]).toEqual([400, -32600])
  })
})

describe("legacy: 'reject'", () => {
  const factory = vi.fn(factoryOf(registerAll))
  const handler = createMcpHandler(factory, { legacy: 'reject' })

  it('tells a client that initializes what is served', async () => {
    const response = await handler.fetch(initialize('2025-06-18'))
    expect(response.status).toBe(400)
    expect((await response.json()).error).toMatchObject({
      code: -32022,
      data: { supported: ['2026-07-28'], requested: '2025-06-18' },
    })
  })

  it.each(['2025-11-25', '2024-11-05', '1999-01-01', 'nonsense'])(
    'tells a request that names another version what is served: %s',
    async (version) => {
      const response = await handler.fetch(legacy('tools/list', {}, { 'mcp-protocol-version': version }))
      expect(response.status).toBe(400)
      expect((await response.json()).error).toEqual({
        code: -32022,
        message: 'Unsupported protocol version (served: 2026-07-28)',
        data: { supported: ['2026-07-28'], requested: version },
      })
    },
  )

  it('tells any other request what it lacks', async () => {
    const response = await handler.fetch(legacy('tools/list'))
    const { error } = await response.json()
    expect([response.status, error.code]).toEqual([400, -32020])
    expect(error.message).toMatch(/2026-07-28/)
  })

  it.each([
    ['a batch', [ping(1)]],
    ['a response', { jsonrpc: '2.0', id: 1, result: {} }],
    ['nonsense', 5],
  ])('refuses %s', async (_, body) => {
    const response = await handler.fetch(post(body))
    expect([response.status, (await response.json()).error.code]).toEqual([400, -32600])
  })

  it('drops notifications, and runs no factory for anything', async () => {
    expect((await handler.fetch(post({ jsonrpc: '2.0', method: 'notifications/initialized' }))).status).toBe(
      202,
    )
    expect(factory).not.toHaveBeenCalled()
  })

  it('serves 2026-07-28', async () => {
    expect((await handler.fetch(modern('tools/list'))).status).toBe(200)
  })
})

describe('legacy: a value that serves', () => {
  const closed = vi.fn()
  let host!: LegacyContext
  const fetch = vi.fn(async (request: Request, options?: { parsedBody?: any }) =>
    Response.json([request.method, options?.parsedBody?.method ?? null]),
  )
  const sessions: LegacyTransport = {
    create(given) {
      host = given
      return { methods: ['GET', 'DELETE'], fetch, close: async () => closed() }
    },
  }
  const onerror = vi.fn()
  const factory = vi.fn(factoryOf(registerAll))
  const handler = createMcpHandler(factory, { legacy: sessions, onerror })

  it('gets what is of its era, with the body read', async () => {
    expect(await ask(handler, legacy('ping'))).toEqual(['POST', 'ping'])
    expect(await json(handler.fetch(new Request('http://localhost/mcp')))).toEqual(['GET', null])
    expect(await json(handler.fetch(new Request('http://localhost/mcp', { method: 'DELETE' })))).toEqual([
      'DELETE',
      null,
    ])
    expect((await handler.fetch(modern('tools/list'))).status).toBe(200)
  })

  it('names its methods where another is refused', async () => {
    const response = await handler.fetch(new Request('http://localhost/mcp', { method: 'PUT' }))
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, GET, DELETE'])
  })

  it('is lent the settings, the factory and onerror', async () => {
    const server = await host.createServer({ era: 'legacy' })
    expect(factory).toHaveBeenCalledWith({ era: 'legacy' })
    await server.close()
    host.report(new Error('mine'))
    expect(onerror).toHaveBeenCalledWith(new Error('mine'))
    expect(host.settings.keepAliveMs).toBe(15_000)
  })

  it('may refuse', async () => {
    fetch.mockRejectedValueOnce(new Refusal('invalid-request', 'Not today'))
    const response = await handler.fetch(legacy('ping', {}, {}, 'x'))
    expect([response.status, await response.json()]).toEqual([
      400,
      { jsonrpc: '2.0', id: 'x', error: { code: -32600, message: 'Not today' } },
    ])
  })

  it('is not asked for what names a revision without sessions', async () => {
    const headers = { 'mcp-protocol-version': '2026-07-28' }
    for (const method of ['GET', 'DELETE']) {
      const response = await handler.fetch(new Request('http://localhost/mcp', { method, headers }))
      expect(response.status).toBe(405)
    }
  })

  it('may put a bus in front of the handler’s own', async () => {
    const own = new InMemoryServerEventBus()
    const heard: string[] = []
    own.subscribe(({ kind }) => heard.push(`own ${kind}`))
    const bus = {
      publish: (event: ServerEvent) => {
        heard.push(`front ${event.kind}`)
        own.publish(event)
      },
      subscribe: own.subscribe.bind(own),
    }
    const fronted = createMcpHandler(factory, { bus: own, legacy: { create: () => ({ fetch, bus }) } })
    fronted.notify.toolsChanged()
    expect(fronted.bus).toBe(bus)
    expect(heard).toEqual(['front tools_list_changed', 'own tools_list_changed'])
    await fronted.close()
  })

  it('is closed with the handler', async () => {
    await handler.close()
    expect(closed).toHaveBeenCalledTimes(1)
  })
})

describe('isLegacyRequest', () => {
  it.each([
    ['a 2025-era request', () => legacy('ping'), true],
    ['a 2025-era batch', () => post([ping(1)]), true],
    ['GET', () => new Request('http://localhost/mcp'), true],
    ['what is not JSON', () => post('{'), true],
    ['a 2026-07-28 request', () => modern('tools/list'), false],
    ['a broken 2026-07-28 request', () => post(ping(1), { 'mcp-protocol-version': '2026-07-28' }), false],
    ['a body of another type', () => post('{}', { 'content-type': 'text/plain' }), false],
  ])('of %s is as the handler decides', async (_, request, expected) => {
    expect(await isLegacyRequest(request())).toBe(expected)
  })

  it('leaves the request readable', async () => {
    const request = legacy('ping')
    await isLegacyRequest(request)
    expect(await request.json()).toMatchObject({ method: 'ping' })
  })

  it('needs no body where it is parsed, and keeps the limit', async () => {
    const request = legacy('ping')
    const parsedBody = await request.json()
    expect(await isLegacyRequest(request, parsedBody)).toBe(true)
    expect(await isLegacyRequest(legacy('ping'), undefined, { maxRequestBodySize: 10 })).toBe(false)
  })
})

it('a version that is not served is refused with those that are', async () => {
  const response = await createMcpHandler(factoryOf(registerAll)).fetch(
    legacy('tools/list', {}, { 'mcp-protocol-version': '2025-01-01' }),
  )
  const { error } = await response.json()
  expect(response.status).toBe(400)
  expect(error.message).toMatch(/^Unsupported protocol version: 2025-01-01 \(served: .*2025-11-25.*\)$/)
})
