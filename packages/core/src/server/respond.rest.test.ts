import type { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { McpError } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from '../handler.ts'
import type { CreateMcpHandlerOptions } from '../options.ts'
import { ask, deferred, frames, json, legacy, messages, modern } from '../testing/requests.ts'
import { CLASSES, factoryOf, registerAll } from '../testing/server.ts'

function serving(register: (server: SdkMcpServer) => void, options?: CreateMcpHandlerOptions) {
  return createMcpHandler(factoryOf(register), options)
}

function registerNoisy(server: SdkMcpServer): void {
  registerAll(server)
  server.registerTool('noisy', {}, async ({ _meta, sendNotification }) => {
    const progressToken = _meta?.progressToken ?? 'none'
    for (const progress of [1, 3, 2, 3, 4]) {
      await sendNotification({ method: 'notifications/progress', params: { progressToken, progress } })
    }
    await sendNotification({
      method: 'notifications/progress',
      params: { progressToken: 'foreign', progress: 9 },
    })
    await server.sendLoggingMessage({ level: 'debug', data: 'low' })
    await server.sendLoggingMessage({ level: 'error', data: 'high' })
    return { content: [{ type: 'text', text: 'done' }] }
  })
}

const TYPE = { json: 'application/json', sse: 'text/event-stream' }
const noisy = { params: { name: 'noisy' } }
const type = (response: Response) => response.headers.get('content-type')

describe.each(['modern', 'legacy'] as const)('the response mode in the %s era', (era) => {
  const call = (name: string, meta: object = { progressToken: 'p' }) =>
    era === 'modern'
      ? modern('tools/call', { params: { name }, meta: { ...meta } })
      : legacy('tools/call', { name, _meta: meta })

  it('auto answers a result in JSON, and a stream where a notification comes first', async () => {
    const handler = serving(registerNoisy)
    expect(type(await handler.fetch(call('fail')))).toBe(TYPE.json)
    const response = await handler.fetch(call('noisy'))
    expect(type(response)).toBe(TYPE.sse)
    expect((await messages(response)).at(-1)).toMatchObject({ id: 1, result: {} })
  })

  it('sse streams at once: a comment is the first byte', async () => {
    const go = deferred()
    const handler = serving(
      (server) =>
        server.registerTool('slow', {}, async () => {
          await go.promise
          return { content: [] }
        }),
      { responseMode: 'sse' },
    )
    const response = await handler.fetch(call('slow'))
    expect(type(response)).toBe(TYPE.sse)
    const stream = frames(response)
    expect((await stream.next()).value).toBe(': keep-alive')
    go.resolve()
    expect((await stream.next()).value).toMatchObject({ id: 1, result: { content: [] } })
    expect((await stream.next()).done).toBe(true)
  })

  it('json drops what comes before the result', async () => {
    const handler = serving(registerNoisy, { responseMode: 'json' })
    const response = await handler.fetch(call('noisy'))
    expect(type(response)).toBe(TYPE.json)
    expect(await response.json()).toMatchObject({ id: 1, result: { content: [{ text: 'done' }] } })
  })

  it('answers an error that came at once in JSON, in every mode', async () => {
    for (const responseMode of ['auto', 'json', 'sse'] as const) {
      const handler = serving(registerNoisy, { responseMode })
      const response = await handler.fetch(era === 'modern' ? modern('no/such') : legacy('no/such'))
      expect(type(response)).toBe(TYPE.json)
      expect(response.status).toBe(era === 'modern' ? 404 : 200)
      expect((await response.json()).error.code).toBe(-32601)
    }
  })
})

describe('a stream', () => {
  it('is marked so that proxies neither cache nor buffer it', async () => {
    const response = await serving(registerNoisy).fetch(
      modern('tools/call', { ...noisy, meta: { progressToken: 0 } }),
    )
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    })
    await response.text()
  })

  it('is let go when its client aborts without reading', async () => {
    vi.useFakeTimers()
    try {
      const client = new AbortController()
      const handler = serving(registerNoisy, { responseMode: 'sse' })
      await handler.fetch(modern('tools/call', { ...noisy, init: { signal: client.signal } }))
      client.abort()
      await vi.advanceTimersByTimeAsync(0)
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('is kept alive by comments while a tool is silent', async () => {
    vi.useFakeTimers()
    try {
      const go = deferred()
      const handler = serving(
        (server) =>
          server.registerTool('slow', {}, async () => {
            await go.promise
            return { content: [] }
          }),
        { responseMode: 'sse', keepAliveMs: 5000 },
      )
      const stream = frames(await handler.fetch(modern('tools/call', { params: { name: 'slow' } })))
      await stream.next()
      await vi.advanceTimersByTimeAsync(5000)
      expect((await stream.next()).value).toBe(': keep-alive')
      await vi.advanceTimersByTimeAsync(5000)
      expect((await stream.next()).value).toBe(': keep-alive')
      go.resolve()
      expect((await stream.next()).value).toMatchObject({ result: { content: [] } })
      await stream.next()
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('makes a tool wait for a client that does not read, and loses nothing', async () => {
    let sent = 0
    const handler = serving((server) =>
      server.registerTool('flood', {}, async ({ sendNotification }) => {
        for (sent = 1; sent <= 2000; sent++) {
          await sendNotification({
            method: 'notifications/progress',
            params: { progressToken: 'p', progress: sent },
          })
        }
        return { content: [] }
      }),
    )
    const response = await handler.fetch(
      modern('tools/call', { params: { name: 'flood' }, meta: { progressToken: 'p' } }),
    )
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(sent).toBeLessThan(400)
    expect(await messages(response)).toHaveLength(2001)
  })
})

describe.each(['modern', 'legacy'])('a handler of the %s era', (era) => {
  const params = { name: 'odd', _meta: { progressToken: 'p' } }
  const call = () =>
    era === 'modern'
      ? modern('tools/call', { params: { name: 'odd' }, meta: { progressToken: 'p' } })
      : legacy('tools/call', params)
  const progress = (progress: unknown) => ({
    method: 'notifications/progress' as const,
    params: { progressToken: 'p', progress: progress as number },
  })
  const closed = vi.fn()
  const odd = (
    run: (send: (notification: any) => Promise<void>) => Promise<object>,
    options?: CreateMcpHandlerOptions,
  ) =>
    serving((server) => {
      server.server.onclose = closed
      server.registerTool('odd', {}, async ({ sendNotification }) => ({
        content: [],
        ...(await run(sendNotification)),
      }))
    }, options)

  it.each(['auto', 'json', 'sse'] as const)(
    'may send without waiting for each (%s)',
    async (responseMode) => {
      const handler = odd(
        async (send) => {
          await Promise.all(Array.from({ length: 600 }, (_, index) => send(progress(index + 1))))
          return {}
        },
        { responseMode },
      )
      expect(await (await handler.fetch(call())).text()).toContain('"content":[]')
    },
  )

  it('that returns what is no JSON ends its stream with an error', async () => {
    const handler = odd(async (send) => {
      await send(progress(1))
      return { structuredContent: { big: 1n } }
    })
    expect((await messages(await handler.fetch(call()))).at(-1)).toMatchObject({
      id: 1,
      error: { code: -32603 },
    })
  })

  it.each([1, 2])('that sends what is no JSON loses no more than that (notification %i)', async (bad) => {
    closed.mockClear()
    const handler = odd(async (send) => {
      for (let sent = 1; sent <= 300; sent++) {
        await send({
          ...progress(sent),
          params: { ...progress(sent).params, ...(sent === bad && { message: 1n }) },
        })
      }
      return {}
    })
    const all = await messages(await handler.fetch(call()))
    expect(all.at(-1)).toMatchObject({ id: 1, result: { content: [] } })
    expect(all).toHaveLength(300)
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1))
  })
})

describe('notifications of a 2026-07-28 request', () => {
  const handler = serving(registerNoisy)
  const sent = async (meta: object) => {
    const response = await handler.fetch(modern('tools/call', { ...noisy, meta: { ...meta } }))
    return type(response) === TYPE.json ? [await response.json()] : ((await messages(response)) as any[])
  }
  const of = (all: any[], method: string) => all.filter((message) => message.method === method)

  it('carry progress only with a token, its own token, and only upwards', async () => {
    expect(of(await sent({}), 'notifications/progress')).toEqual([])
    for (const progressToken of ['p', 0]) {
      const progress = of(await sent({ progressToken }), 'notifications/progress')
      expect(progress.map(({ params }) => params)).toEqual(
        [1, 3, 4].map((progress) => ({ progressToken, progress })),
      )
    }
  })

  it('carry logs only where a level was asked for, from that level on', async () => {
    const logs = async (meta: object) =>
      of(await sent(meta), 'notifications/message').map(({ params }) => params.data)
    const level = (logLevel: string) => ({ 'io.modelcontextprotocol/logLevel': logLevel })
    expect(await logs({})).toEqual([])
    expect(await logs(level('debug'))).toEqual(['low', 'high'])
    expect(await logs(level('error'))).toEqual(['high'])
    expect(await logs(level('critical'))).toEqual([])
  })

  it('never announce changes, nor what the revision removed', async () => {
    const quiet = serving((server) => {
      server.registerTool('change', {}, async ({ sendNotification }) => {
        server.sendToolListChanged()
        await sendNotification({ method: 'notifications/tools/list_changed' })
        await sendNotification({ method: 'notifications/cancelled', params: { requestId: 5 } })
        return { content: [] }
      })
    })
    expect(type(await quiet.fetch(modern('tools/call', { params: { name: 'change' } })))).toBe(TYPE.json)
  })
})

describe.each(CLASSES)('a 2026-07-28 result, with %s', (_, Server) => {
  const handler = createMcpHandler(factoryOf(registerAll, Server), {
    cacheHints: { 'tools/list': { ttlMs: 5000, cacheScope: 'public' }, 'resources/read': { ttlMs: 7 } },
  })
  const result = async (method: string, params = {}) =>
    (await ask(handler, modern(method, { params }))).result
  const serverInfo = { name: 'tested', version: '1.2.3' }

  it.each([
    ['server/discover', {}, { ttlMs: 0, cacheScope: 'private' }],
    ['tools/list', {}, { ttlMs: 5000, cacheScope: 'public' }],
    ['prompts/list', {}, { ttlMs: 0, cacheScope: 'private' }],
    ['resources/list', {}, { ttlMs: 0, cacheScope: 'private' }],
    ['resources/templates/list', {}, { ttlMs: 0, cacheScope: 'private' }],
    ['resources/read', { uri: 'doc://readme' }, { ttlMs: 7, cacheScope: 'private' }],
  ])('of %s is complete, signed and says how to cache it', async (method, params, caching) => {
    expect(await result(method, params)).toMatchObject({
      resultType: 'complete',
      ...caching,
      _meta: { 'io.modelcontextprotocol/serverInfo': serverInfo },
    })
  })

  it.each([
    ['tools/call', { name: 'echo', arguments: { text: 'x' } }],
    ['prompts/get', { name: 'greet', arguments: { who: 'x' } }],
  ])('of %s is complete and signed, and says nothing of caching', async (method, params) => {
    const answer = await result(method, params)
    expect(answer).toMatchObject({
      resultType: 'complete',
      _meta: { 'io.modelcontextprotocol/serverInfo': serverInfo },
    })
    expect(Object.keys(answer)).not.toContain('ttlMs')
  })

  it('discovers what the server said of itself', async () => {
    expect(await result('server/discover')).toMatchObject({
      supportedVersions: ['2026-07-28'],
      instructions: 'Ask.',
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { listChanged: true },
      },
    })
  })

  it('lists tools without the execution of 2025-11-25', async () => {
    for (const tool of (await result('tools/list')).tools) expect(tool).not.toHaveProperty('execution')
  })

  it('keeps a failed tool a result', async () => {
    expect(await result('tools/call', { name: 'fail' })).toMatchObject({
      isError: true,
      content: [{ text: 'It broke' }],
    })
    expect(await result('tools/call', { name: 'echo', arguments: { text: 5 } })).toMatchObject({
      isError: true,
    })
  })

  it('answers -32602 for a tool that there is not', async () => {
    const answer = await ask(handler, modern('tools/call', { params: { name: 'nope', arguments: {} } }))
    expect(answer.error).toEqual({ code: -32602, message: 'Unknown tool' })
  })

  it('answers -32602 with the URI for a resource that there is not', async () => {
    const answer = await ask(handler, modern('resources/read', { params: { uri: 'doc://nope' } }))
    expect(answer.error).toMatchObject({ code: -32602, data: { uri: 'doc://nope' } })
  })

  it('echoes an id with its type', async () => {
    for (const id of ['1', 1, '', 0, -3]) {
      expect((await ask(handler, modern('tools/list', { id }))).id).toBe(id)
    }
  })
})

describe('what a handler throws', () => {
  const onerror = vi.fn()
  const handler = serving(
    (server) => {
      registerAll(server)
      server.registerPrompt('thrown', {}, async () => {
        throw new McpError(-32603, 'Said on purpose')
      })
      server.registerPrompt('retired', {}, async () => {
        throw Object.assign(new Error('old'), { code: -32042 })
      })
      server.registerResource('old', 'doc://old', {}, async () => {
        throw Object.assign(new Error('gone'), { code: -32002 })
      })
    },
    { onerror },
  )
  const both = async (method: string, params: Record<string, unknown>) => [
    (await ask(handler, modern(method, { params }))).error,
    (await ask(handler, legacy(method, params))).error,
  ]

  it('by accident reaches the client and onerror, in both eras', async () => {
    onerror.mockClear()
    for (const error of await both('resources/read', { uri: 'doc://broken' })) {
      expect(error).toEqual({ code: -32603, message: 'ENOENT: /etc/secret' })
    }
    expect(onerror.mock.calls.map(([error]) => error.message)).toEqual([
      'resources/read failed: ENOENT: /etc/secret',
      'resources/read failed: ENOENT: /etc/secret',
    ])
  })

  it('on purpose reaches the client', async () => {
    for (const error of await both('prompts/get', { name: 'thrown' }))
      expect(error.message).toMatch(/Said on purpose/)
  })

  it("as bad params is the client's mistake, and no internal error", async () => {
    onerror.mockClear()
    for (const error of await both('completion/complete', { ref: 5 })) expect(error.code).not.toBe(-32603)
    for (const error of await both('prompts/list', { cursor: 5 })) {
      expect(error).toEqual({ code: -32602, message: 'Invalid params' })
    }
    expect(onerror).not.toHaveBeenCalled()
  })

  it("about a URI that is none is the client's mistake", async () => {
    for (const error of await both('resources/read', { uri: 'no uri' })) expect(error.code).toBe(-32602)
  })

  it('in a retired code is none in 2026-07-28, and unchanged before', async () => {
    const [now, before] = await both('prompts/get', { name: 'retired' })
    expect([now.code, before.code]).toEqual([-32603, -32042])
    const [missing, missingBefore] = await both('resources/read', { uri: 'doc://old' })
    expect([missing.code, missingBefore.code]).toEqual([-32602, -32002])
    expect(missing.data).toEqual({ uri: 'doc://old' })
  })
})

describe('a result of the handler itself', () => {
  it('keeps its own resultType, _meta and caching', async () => {
    const handler = serving((server) =>
      server.registerResource('own', 'doc://own', {}, async () => ({
        contents: [],
        ttlMs: 9,
        cacheScope: 'public',
        _meta: { mine: true },
      })),
    )
    expect(
      (await ask(handler, modern('resources/read', { params: { uri: 'doc://own' } }))).result,
    ).toMatchObject({
      ttlMs: 9,
      cacheScope: 'public',
      _meta: { mine: true, 'io.modelcontextprotocol/serverInfo': {} },
    })
  })

  it('is not cacheable while input is required', async () => {
    const handler = serving((server) =>
      server.registerResource('more', 'doc://more', {}, async () => ({
        contents: [],
        resultType: 'input_required',
        requestState: 's',
      })),
    )
    const { result } = await json(handler.fetch(modern('resources/read', { params: { uri: 'doc://more' } })))
    expect(result.resultType).toBe('input_required')
    expect(result).not.toHaveProperty('ttlMs')
  })
})
