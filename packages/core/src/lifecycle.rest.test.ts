import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import {
  CallToolRequestSchema,
  InitializeRequestSchema,
  ListRootsResultSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from './handler.ts'
import type { CreateMcpHandlerOptions } from './options.ts'
import type { McpServerLike } from './server/factory.ts'
import { McpServer } from './server/fast/mcp-server.ts'
import { ask, deferred, frames, json, legacy, messages, modern, post } from './testing/requests.ts'
import { CLASSES, factoryOf, registerAll } from './testing/server.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** A handler whose tool `wait` shows when it starts, and its signal. */
function waiting(options?: CreateMcpHandlerOptions, Server?: typeof SdkMcpServer) {
  const started = deferred<AbortSignal>()
  const go = deferred()
  const closed = vi.fn()
  const onerror = vi.fn()
  const handler = createMcpHandler(
    factoryOf((server) => {
      server.server.onclose = closed
      server.registerTool('wait', {}, async ({ signal, _meta, sendNotification }) => {
        if (_meta?.progressToken !== undefined) {
          const params = { progressToken: _meta.progressToken, progress: 1 }
          await sendNotification({ method: 'notifications/progress', params })
        }
        started.resolve(signal)
        await go.promise
        return { content: [{ type: 'text', text: 'waited' }] }
      })
    }, Server),
    { onerror, ...options },
  )
  return { handler, started: started.promise, go, closed, onerror }
}

const wait = { params: { name: 'wait' } }
const legacyWait = () => legacy('tools/call', wait.params)
const settled = () => new Promise((resolve) => setTimeout(resolve, 5))

describe.each(CLASSES)('a finished request, with %s', (_, Server) => {
  it.each(['modern', 'legacy'])('closes its server and aborts nothing (%s)', async (era) => {
    const { handler, started, go, closed } = waiting({}, Server)
    const answer = handler.fetch(era === 'modern' ? modern('tools/call', wait) : legacyWait())
    const signal = await started
    go.resolve()
    expect((await answer).status).toBe(200)
    await settled()
    expect(closed).toHaveBeenCalledTimes(1)
    expect(signal.aborted).toBe(false)
  })
})

describe.each(CLASSES)('a server that its factory promises, of %s', (_, Server) => {
  const promising = (closed = vi.fn()) => {
    const factory = factoryOf((server) => {
      server.registerTool('tell', {}, async ({ sendNotification }) => {
        const params = { progressToken: 'p', progress: 1 }
        await sendNotification({ method: 'notifications/progress', params })
        return { content: [{ type: 'text', text: 'told' }] }
      })
      vi.spyOn(server, 'close').mockImplementation(async () => closed())
    }, Server)
    return createMcpHandler(async (context) => factory(context))
  }

  it.each([
    ['modern', () => modern('tools/call', { params: { name: 'tell' }, meta: { progressToken: 'p' } })],
    ['legacy', () => legacy('tools/call', { name: 'tell', _meta: { progressToken: 'p' } })],
  ])('sends what comes before its result (%s)', async (_, request) => {
    const [progress, result] = (await messages(await promising().fetch(request()))) as any[]
    expect(progress).toMatchObject({ method: 'notifications/progress', params: { progress: 1 } })
    expect(result).toMatchObject({ result: { content: [{ text: 'told' }] } })
  })

  it('is closed once it has answered', async () => {
    const closed = vi.fn()
    await (await promising(closed).fetch(modern('tools/call', { params: { name: 'tell' } }))).text()
    await settled()
    expect(closed).toHaveBeenCalledTimes(1)
  })
})

describe('a client that leaves', () => {
  it('cancels a 2026-07-28 request: the signal fires and the server is closed', async () => {
    const { handler, started, closed, onerror } = waiting()
    const client = new AbortController()
    const answer = handler.fetch(modern('tools/call', { ...wait, init: { signal: client.signal } }))
    const signal = await started
    client.abort()
    expect((await answer).status).toBe(499)
    expect(signal.aborted).toBe(true)
    expect(closed).toHaveBeenCalledTimes(1)
    expect(onerror).not.toHaveBeenCalled()
  })

  it('cancels a 2026-07-28 request by dropping its stream', async () => {
    const { handler, started, closed } = waiting()
    const response = await handler.fetch(modern('tools/call', { ...wait, meta: { progressToken: 1 } }))
    const signal = await started
    await response.body!.cancel()
    expect(signal.aborted).toBe(true)
    expect(closed).toHaveBeenCalledTimes(1)
  })

  it('before the factory is done ends the request at once, and the late server is closed', async () => {
    const built = deferred<McpServerLike>()
    const handler = createMcpHandler(() => built.promise)
    const client = new AbortController()
    const answer = handler.fetch(modern('tools/call', { ...wait, init: { signal: client.signal } }))
    await settled()
    client.abort()
    expect((await answer).status).toBe(499)
    const server = new McpServer({ name: 'late', version: '1' })
    const close = vi.spyOn(server, 'close')
    built.resolve(server)
    await settled()
    expect(close).toHaveBeenCalledTimes(1)
  })

  it('that had left before it was served never reaches a handler', async () => {
    const { handler } = waiting()
    const response = await handler.fetch(
      modern('tools/call', { ...wait, init: { signal: AbortSignal.abort() } }),
    )
    expect(response.status).toBe(499)
  })

  it.each(['auto', 'sse'] as const)('does not cancel a 2025-era request (%s)', async (responseMode) => {
    const { handler, started, go, closed } = waiting({ responseMode })
    const client = new AbortController()
    const request = post(
      {
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { ...wait.params, _meta: { progressToken: 1 } },
      },
      {},
      { signal: client.signal },
    )
    const response = await handler.fetch(request)
    const signal = await started
    await response.body!.cancel()
    client.abort()
    await settled()
    expect(signal.aborted).toBe(false)
    expect(closed).not.toHaveBeenCalled()
    go.resolve()
    await settled()
    expect(closed).toHaveBeenCalledTimes(1)
  })

  it('leaves no 2025-era tool waiting for a reader', async () => {
    const done = deferred()
    const handler = createMcpHandler(
      factoryOf((server) =>
        server.registerTool('flood', {}, async ({ sendNotification }) => {
          for (let progress = 1; progress <= 2000; progress++) {
            await sendNotification({
              method: 'notifications/progress',
              params: { progressToken: 'p', progress },
            })
          }
          done.resolve()
          return { content: [] }
        }),
      ),
    )
    const response = await handler.fetch(legacy('tools/call', { name: 'flood' }))
    await response.body!.cancel()
    await done.promise
  })
})

describe('notifications/cancelled', () => {
  it('in the same batch fires the signal, and the call has no answer', async () => {
    const { handler, started, go } = waiting()
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: wait.params }
    const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } }
    const answer = handler.fetch(post([call, cancelled, { jsonrpc: '2.0', id: 2, method: 'ping' }]))
    expect((await started).aborted).toBe(true)
    go.resolve()
    expect(await json(answer)).toEqual([{ jsonrpc: '2.0', id: 2, result: {} }])
  })

  it('of all that a batch asked leaves nothing to answer', async () => {
    const { handler, closed } = waiting()
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: wait.params }
    const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } }
    const response = await handler.fetch(post([call, cancelled]))
    expect([response.status, await response.text()]).toEqual([202, ''])
    await settled()
    expect(closed).toHaveBeenCalledTimes(1)
  })
})

describe('requestTimeoutMs', () => {
  it.each(['modern', 'legacy'])('answers 504, fires the signal and closes the server (%s)', async (era) => {
    const { handler, started, closed } = waiting({ requestTimeoutMs: 20 })
    const response = await handler.fetch(
      era === 'modern' ? modern('tools/call', { id: 7, ...wait }) : legacyWait(),
    )
    expect(response.status).toBe(504)
    expect(await response.json()).toMatchObject({ id: era === 'modern' ? 7 : 1, error: { code: -32603 } })
    expect((await started).aborted).toBe(true)
    expect(closed).toHaveBeenCalledTimes(1)
  })

  it('ends a stream with an error, not in the middle', async () => {
    const { handler } = waiting({ requestTimeoutMs: 20 })
    const response = await handler.fetch(
      modern('tools/call', { id: 'x', ...wait, meta: { progressToken: 1 } }),
    )
    expect(await messages(response)).toMatchObject(
      [
        { method: 'notifications/progress' },
        { id: 'x', error: { code: -32603, message: /within 20 ms/ } },
      ].map((message) => (message.error ? { id: 'x', error: { code: -32603 } } : message)),
    )
  })

  it('answers those of a batch that are done', async () => {
    const { handler } = waiting({ requestTimeoutMs: 20 })
    const response = await handler.fetch(
      post([
        { jsonrpc: '2.0', id: 1, method: 'tools/call', params: wait.params },
        { jsonrpc: '2.0', id: 2, method: 'ping' },
      ]),
    )
    expect(await response.json()).toMatchObject([
      { id: 2, result: {} },
      { id: 1, error: { code: -32603 } },
    ])
  })

  it('does not wait for a factory either', async () => {
    const handler = createMcpHandler(() => new Promise<never>(() => {}), { requestTimeoutMs: 20 })
    expect((await handler.fetch(modern('tools/list'))).status).toBe(504)
  })

  it('leaves no timer behind', async () => {
    vi.useFakeTimers()
    try {
      const handler = createMcpHandler(factoryOf(registerAll), { requestTimeoutMs: 1000 })
      await handler.fetch(modern('tools/list'))
      vi.advanceTimersByTime(1)
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('close()', () => {
  it('refuses new requests', async () => {
    const { handler } = waiting()
    await handler.close()
    await expect(handler.fetch(modern('tools/list'))).rejects.toMatchObject({ reason: 'closed', status: 503 })
  })

  it.each(['modern', 'legacy'])('ends what is in flight: 503, the signal, the server (%s)', async (era) => {
    const { handler, started, closed } = waiting()
    const answer = handler.fetch(era === 'modern' ? modern('tools/call', wait) : legacyWait())
    const signal = await started
    await handler.close()
    expect(signal.aborted).toBe(true)
    expect(closed).toHaveBeenCalledTimes(1)
    expect((await answer).status).toBe(503)
  })

  it('ends streams with an error', async () => {
    const { handler, started } = waiting()
    const response = await handler.fetch(modern('tools/call', { ...wait, meta: { progressToken: 1 } }))
    await started
    await handler.close()
    expect((await messages(response)).at(-1)).toMatchObject({ id: 1, error: { code: -32603 } })
  })

  it('refuses a request whose body was still arriving', async () => {
    const { handler } = waiting()
    const body = deferred<Uint8Array>()
    const stream = new ReadableStream({
      async pull(controller) {
        controller.enqueue(await body.promise)
        controller.close()
      },
    })
    const answer = handler.fetch(post('', {}, { body: stream, duplex: 'half' } as RequestInit))
    await handler.close()
    body.resolve(new TextEncoder().encode('{"jsonrpc":"2.0","id":1,"method":"ping"}'))
    expect((await answer).status).toBe(503)
  })

  it('resolves once every server is closed, and is the same for everyone who calls', async () => {
    const released = deferred()
    const server = new McpServer({ name: 'slow to close', version: '1' })
    server.close = () => released.promise
    server.registerTool('wait', {}, () => new Promise<never>(() => {}))
    const handler = createMcpHandler(() => server)
    void handler.fetch(modern('tools/call', wait))
    await settled()
    let done = false
    const closing = handler.close().then(() => {
      done = true
    })
    expect(handler.close()).toBe(handler.close())
    await settled()
    expect(done).toBe(false)
    released.resolve()
    await closing
  })

  it.each(['built', 'promised'])('waits for a server that is %s and about to answer', async (kind) => {
    const server = new McpServer({ name: 'quick', version: '1' })
    const closed = vi.spyOn(server, 'close')
    const called = deferred()
    server.registerTool('tell', {}, async () => {
      called.resolve()
      for (let turn = 0; turn < 100; turn++) await undefined
      return { content: [{ type: 'text', text: 'told' }] }
    })
    const handler = createMcpHandler(kind === 'built' ? () => server : async () => server)
    const answer = handler.fetch(modern('tools/call', { params: { name: 'tell' } }))
    await called.promise
    await handler.close()
    expect(closed).toHaveBeenCalledTimes(1)
    expect((await json(answer)).result.content[0].text).toBe('told')
  })

  it.each(['built', 'promised'])(
    'drains a call that has only begun, of a server that is %s',
    async (kind) => {
      const server = new McpServer({ name: 'slow', version: '1' })
      const started = deferred()
      const go = deferred()
      server.registerTool('wait', {}, async () => {
        started.resolve()
        await go.promise
        return { content: [{ type: 'text', text: 'waited' }] }
      })
      const handler = createMcpHandler(kind === 'built' ? () => server : async () => server)
      const answer = handler.fetch(modern('tools/call', wait))
      await started.promise
      const closing = handler.close({ drainTimeoutMs: 60_000 })
      await settled()
      go.resolve()
      expect((await json(answer)).result.content[0].text).toBe('waited')
      await closing
    },
  )

  it('is not held up by timers that somebody fakes', async () => {
    vi.useFakeTimers()
    await createMcpHandler(factoryOf(registerAll)).close()
    vi.useRealTimers()
  })

  it.each(['modern', 'legacy'])('lets what is in flight be answered, and nothing new (%s)', async (era) => {
    const { handler, started, go, closed } = waiting()
    const answer = handler.fetch(era === 'modern' ? modern('tools/call', wait) : legacyWait())
    const signal = await started
    const closing = handler.close({ drainTimeoutMs: 60_000 })
    await expect(handler.fetch(modern('tools/list'))).rejects.toMatchObject({ reason: 'closed' })
    go.resolve()
    expect(await json(await answer)).toMatchObject({ result: { content: [{ text: 'waited' }] } })
    await closing
    expect([signal.aborted, closed.mock.calls.length]).toEqual([false, 1])
  })

  it('ends what is in flight when the time to drain is over', async () => {
    const { handler, started } = waiting()
    const answer = handler.fetch(modern('tools/call', wait))
    const signal = await started
    await handler.close({ drainTimeoutMs: 20 })
    expect([signal.aborted, (await answer).status]).toEqual([true, 503])
  })

  it.each(['modern', 'legacy'])('ends it also where garbage is collected meanwhile (%s)', async (era) => {
    const { handler, started } = waiting()
    const answer = handler.fetch(era === 'modern' ? modern('tools/call', wait) : legacyWait())
    await started
    const closing = handler.close({ drainTimeoutMs: 50 })
    await settled()
    collectGarbage()
    await closing
    expect((await answer).status).toBe(503)
  })

  it('takes a time without an end', async () => {
    const { handler, started, go } = waiting()
    const answer = handler.fetch(modern('tools/call', wait))
    await started
    const closing = handler.close({ drainTimeoutMs: Number.POSITIVE_INFINITY })
    await settled()
    go.resolve()
    expect((await answer).status).toBe(200)
    await closing
  })

  it('waits no longer once it is called again without a time', async () => {
    const { handler, started } = waiting()
    const answer = handler.fetch(modern('tools/call', wait))
    await started
    const closing = handler.close({ drainTimeoutMs: 60_000 })
    await handler.close()
    await closing
    expect((await answer).status).toBe(503)
  })

  it('survives a server that cannot be closed, and reports it', async () => {
    const onerror = vi.fn()
    const server = new McpServer({ name: 'stuck', version: '1' })
    server.close = () => Promise.reject(new Error('stuck'))
    const handler = createMcpHandler(() => server, { onerror })
    await handler.fetch(modern('tools/list'))
    await handler.close()
    expect(onerror).toHaveBeenCalledWith(expect.objectContaining({ message: 'stuck' }))
  })
})

describe.each(['modern', 'legacy'])('a server that is slow to connect in the %s era', (era) => {
  const call = () => (era === 'modern' ? modern('tools/call', wait) : legacyWait())
  function slow(options?: CreateMcpHandlerOptions) {
    const connected = deferred()
    const ran = vi.fn()
    const closed = vi.fn()
    class Slow extends McpServer {
      override async connect(transport: Parameters<McpServer['connect']>[0]) {
        await connected.promise
        return super.connect(transport)
      }
    }
    const handler = createMcpHandler(() => {
      const server = new Slow({ name: 'slow', version: '1' })
      server.server.onclose = closed
      server.registerTool('wait', {}, async () => {
        ran()
        return { content: [] }
      })
      return server
    }, options)
    return { handler, connected, ran, closed }
  }

  it('keeps nobody waiting past the timeout, and is closed once it is connected', async () => {
    const { handler, connected, ran, closed } = slow({ requestTimeoutMs: 20 })
    expect((await handler.fetch(call())).status).toBe(504)
    connected.resolve()
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1))
    expect(ran).not.toHaveBeenCalled()
  })

  it('runs no handler after close()', async () => {
    const { handler, connected, ran, closed } = slow()
    const answer = handler.fetch(call())
    await settled()
    await handler.close()
    expect((await answer).status).toBe(503)
    connected.resolve()
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1))
    expect(ran).not.toHaveBeenCalled()
  })
})

describe.each(['modern', 'legacy'])('a factory in the %s era', (era) => {
  const request = () => (era === 'modern' ? modern('tools/list') : legacy('tools/list'))

  it('that hands out the same server twice is told to build a new one', async () => {
    const onerror = vi.fn()
    const server = new McpServer({ name: 'shared', version: '1' }, { capabilities: { tools: {} } })
    const handler = createMcpHandler(() => server, { onerror })
    expect((await handler.fetch(request())).status).toBe(200)
    const response = await handler.fetch(request())
    expect(response.status).toBe(500)
    expect((await response.json()).error.message).toMatch(/build a new one in the factory/)
    expect(onerror).toHaveBeenCalledWith(expect.objectContaining({ reason: 'server-reused' }))
  })

  it('that hands out the same server to two at once disturbs neither', async () => {
    const go = deferred()
    const server = new McpServer({ name: 'shared', version: '1' })
    server.registerTool('wait', {}, async () => {
      await go.promise
      return { content: [] }
    })
    const handler = createMcpHandler(() => server)
    const first = handler.fetch(era === 'modern' ? modern('tools/call', wait) : legacyWait())
    await settled()
    expect((await handler.fetch(request())).status).toBe(500)
    go.resolve()
    expect(await json(first)).toMatchObject({ result: { content: [] } })
  })

  it.each([undefined, null, {}, { connect() {} }])(
    'that returns %j is told what a server is',
    async (server) => {
      const response = await createMcpHandler(() => server as never).fetch(request())
      expect(response.status).toBe(500)
      expect((await response.json()).error.message).toMatch(/connect\(\) and close\(\)/)
    },
  )

  it.each([
    [
      'throws',
      () => {
        throw new Error('password=hunter2')
      },
    ],
    ['rejects', () => Promise.reject(new Error('password=hunter2'))],
  ])('that %s is masked to the client and whole to onerror', async (_, factory) => {
    const onerror = vi.fn()
    const response = await createMcpHandler(factory, { onerror }).fetch(request())
    expect(response.status).toBe(500)
    expect((await response.json()).error).toEqual({ code: -32603, message: 'Internal error' })
    expect(onerror).toHaveBeenCalledWith(expect.objectContaining({ message: 'password=hunter2' }))
  })

  it('is told the era, the identity and the request, and runs once', async () => {
    const factory = vi.fn(factoryOf(registerAll))
    const authInfo = { token: 't', clientId: 'c', scopes: [] }
    const sent = request()
    await createMcpHandler(factory).fetch(sent, { authInfo })
    expect(factory.mock.calls).toEqual([[{ era, authInfo, requestInfo: sent }]])
  })
})

describe('a server', () => {
  it('that closes while it serves is an internal error, and no hang', async () => {
    const handler = createMcpHandler(
      factoryOf((server) =>
        server.registerTool('quit', {}, async () => {
          await server.close()
          return { content: [] }
        }),
      ),
    )
    const response = await handler.fetch(modern('tools/call', { params: { name: 'quit' } }))
    expect(response.status).toBe(500)
  })

  it('that refuses to be introduced is an internal error', async () => {
    const server = new Server({ name: 'shy', version: '1' }, { capabilities: {} })
    server.setRequestHandler(InitializeRequestSchema, async () => {
      throw new Error('no')
    })
    expect((await createMcpHandler(() => server).fetch(modern('tools/list'))).status).toBe(500)
  })

  it('knows its client without reading private fields', async () => {
    const server = new McpServer({ name: 'curious', version: '1' })
    server.registerTool('who', {}, async () => ({
      content: [
        {
          type: 'text',
          text: JSON.stringify([server.server.getClientVersion(), server.server.getClientCapabilities()]),
        },
      ],
    }))
    const meta = {
      'io.modelcontextprotocol/clientInfo': { name: 'me', version: '9' },
      'io.modelcontextprotocol/clientCapabilities': { roots: {} },
    }
    const { result } = await ask(
      createMcpHandler(() => server),
      modern('tools/call', { params: { name: 'who' }, meta }),
    )
    expect(JSON.parse(result.content[0].text)).toEqual([{ name: 'me', version: '9' }, { roots: {} }])
  })

  it('tells its handlers of the HTTP request and the identity', async () => {
    const handler = createMcpHandler(
      factoryOf((server) =>
        server.registerTool('http', {}, async ({ requestInfo, authInfo }) => ({
          content: [
            {
              type: 'text',
              text: `${requestInfo?.url?.pathname} ${requestInfo?.headers['x-mine']} ${authInfo?.clientId}`,
            },
          ],
        })),
      ),
    )
    const authInfo = { token: 't', clientId: 'alice', scopes: [] }
    const request = modern('tools/call', { params: { name: 'http' }, headers: { 'x-mine': 'yes' } })
    const { result } = await ask(handler, request, { authInfo })
    expect(result.content[0].text).toBe('/mcp yes alice')
  })

  it('is never given the task param of 2025-11-25 by a 2026-07-28 client', async () => {
    const server = new Server({ name: 'low', version: '1' }, { capabilities: { tools: {} } })
    server.setRequestHandler(CallToolRequestSchema, async ({ params }) => ({
      content: [{ type: 'text', text: Object.keys(params).sort().join() }],
    }))
    const { result } = await ask(
      createMcpHandler(() => server),
      modern('tools/call', { params: { name: 'x', task: { ttl: 5 } } }),
    )
    expect(result.content[0].text).toBe('_meta,name')
  })
})

describe.each(CLASSES)('a handler that asks its client, with %s', (_, Class) => {
  const handler = createMcpHandler(
    factoryOf((server) => {
      const reply = (value: unknown) => ({
        content: [{ type: 'text' as const, text: JSON.stringify(value) }],
      })
      server.registerTool('roots', {}, async () => reply(await server.server.listRoots()))
      server.registerTool('related', {}, async ({ sendRequest }) =>
        reply(await sendRequest({ method: 'roots/list' }, ListRootsResultSchema)),
      )
      server.registerTool('sample', {}, async () =>
        reply(await server.server.createMessage({ messages: [], maxTokens: 1 })),
      )
      server.registerTool('form', {}, async () =>
        reply(
          await server.server.elicitInput({
            message: '?',
            requestedSchema: { type: 'object', properties: {} },
          }),
        ),
      )
      server.registerTool('ping', {}, async () => reply(await server.server.ping()))
      server.registerTool('late', {}, async ({ _meta, sendNotification }) => {
        const params = { progressToken: _meta!.progressToken!, progress: 1 }
        await sendNotification({ method: 'notifications/progress', params })
        return reply(await server.server.listRoots())
      })
    }, Class),
  )
  const call = (name: string, clientCapabilities: object = {}, meta: object = {}) =>
    handler.fetch(
      modern('tools/call', {
        params: { name },
        meta: { 'io.modelcontextprotocol/clientCapabilities': clientCapabilities, ...meta },
      }),
    )

  it.each([
    ['roots', { roots: {} }],
    ['related', { roots: {} }],
    ['sample', { sampling: {} }],
  ])(
    'for what a 2026-07-28 client does not declare ends with 400 -32021 (%s)',
    async (name, requiredCapabilities) => {
      const response = await call(name)
      expect(response.status).toBe(400)
      expect((await response.json()).error).toMatchObject({ code: -32021, data: { requiredCapabilities } })
    },
  )

  it('for what no client is asked fails at once, and is told why', async () => {
    const { result } = await json(call('ping'))
    expect(result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/input_required/) }],
    })
  })

  it('after it has streamed ends the stream with -32021', async () => {
    expect((await messages(await call('late', {}, { progressToken: 1 }))).at(-1)).toMatchObject({
      error: { code: -32021 },
    })
  })

  it.each(['roots', 'related', 'sample', 'ping'])(
    'of a 2025-era client fails at once, and is told the way out (%s)',
    async (name) => {
      const { result } = await ask(handler, legacy('tools/call', { name }))
      expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/sessions/) }] })
    },
  )
})

describe('a bus that fails', () => {
  it('is reported, and takes neither the call nor the process with it', async () => {
    const onerror = vi.fn()
    const bus = {
      publish: () => {
        throw new Error('redis down')
      },
      subscribe: () => () => {},
    }
    const handler = createMcpHandler(
      factoryOf((server) => {
        const other = server.registerTool('other', {}, async () => ({ content: [] }))
        server.registerTool('change', {}, async () => {
          other.disable()
          return { content: [] }
        })
      }),
      { bus, onerror },
    )
    expect((await handler.fetch(modern('tools/call', { params: { name: 'change' } }))).status).toBe(200)
    expect(onerror).toHaveBeenCalledWith(expect.objectContaining({ message: 'redis down' }))
  })
})

describe('what is announced by a server', () => {
  it.each(['modern', 'legacy'])('reaches the bus (%s)', async (era) => {
    const handler = createMcpHandler(
      factoryOf((server) => {
        registerAll(server)
        server.registerTool('change', {}, async () => {
          server.sendToolListChanged()
          server.sendPromptListChanged()
          server.sendResourceListChanged()
          await server.server.sendResourceUpdated({ uri: 'doc://readme' })
          return { content: [] }
        })
      }),
    )
    const events: unknown[] = []
    const unsubscribe = handler.bus.subscribe((event) => events.push(event))
    const params = { name: 'change' }
    await handler.fetch(era === 'modern' ? modern('tools/call', { params }) : legacy('tools/call', params))
    expect(events).toEqual([
      { kind: 'tools_list_changed' },
      { kind: 'prompts_list_changed' },
      { kind: 'resources_list_changed' },
      { kind: 'resource_updated', uri: 'doc://readme', params: { uri: 'doc://readme' } },
    ])
    unsubscribe()
  })

  it('to its own 2025-era caller also reaches that caller', async () => {
    const handler = createMcpHandler(
      factoryOf((server) =>
        server.registerTool('change', {}, async ({ sendNotification }) => {
          await sendNotification({ method: 'notifications/tools/list_changed' })
          return { content: [] }
        }),
      ),
    )
    const stream = frames(await handler.fetch(legacy('tools/call', { name: 'change' })))
    expect((await stream.next()).value).toMatchObject({ method: 'notifications/tools/list_changed' })
  })
})
