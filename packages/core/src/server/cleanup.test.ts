import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { McpServer as McpServer2 } from '@modelcontextprotocol/server'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from '../handler.ts'
import type { CreateMcpHandlerOptions } from '../options.ts'
import { ask, deferred, legacy, modern, post } from '../testing/requests.ts'
import type { McpServerLike } from './factory.ts'
import { McpServer } from './fast/mcp-server.ts'

const CLASSES: [string, typeof SdkMcpServer][] = [
  ["Portico's McpServer", McpServer],
  ["the SDK's McpServer", SdkMcpServer],
  ['a 2.x McpServer', McpServer2 as unknown as typeof SdkMcpServer],
]

const REQUESTS: [string, () => Request][] = [
  ['a 2026-07-28 call', () => modern('tools/call', { params: { name: 'go' } })],
  ['a 2026-07-28 discovery', () => modern('server/discover')],
  ['a 2025-era call', () => legacy('tools/call', { name: 'go' })],
  ['a 2025-era notification', () => post({ jsonrpc: '2.0', method: 'acme/ping' })],
]

describe.each(CLASSES)('{ server, cleanup } of a factory, with %s', (_, Server) => {
  function serve(cleanup: (sessionId?: string) => unknown, options?: CreateMcpHandlerOptions) {
    const closed = vi.fn()
    const wait = deferred()
    const handler = createMcpHandler(() => {
      const server = new Server({ name: 'tidy', version: '1' }, { capabilities: { tools: {} } })
      server.registerTool('go', {}, async () => ({ content: [{ type: 'text', text: 'went' }] }))
      server.registerTool('wait', {}, async () => {
        await wait.promise
        return { content: [] }
      })
      const { close } = server
      server.close = async () => {
        await close.call(server)
        closed()
      }
      return { server: server as McpServerLike, cleanup }
    }, options)
    return { handler, closed, wait }
  }

  it.each(REQUESTS)(
    'is cleaned up once, after the server is closed, when %s has ended',
    async (_, request) => {
      const order: unknown[] = []
      const { handler, closed } = serve((sessionId) => order.push(sessionId))
      closed.mockImplementation(() => order.push('closed'))
      expect((await handler.fetch(request())).ok).toBe(true)
      await vi.waitFor(() => expect(order).toEqual(['closed', undefined]))
      await handler.close()
      expect(order).toHaveLength(2)
    },
  )

  it('is cleaned up when the client leaves, and close() waits for it', async () => {
    const cleaned = vi.fn()
    const { handler } = serve(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      cleaned()
    })
    const client = new AbortController()
    const answer = handler.fetch(
      modern('tools/call', { params: { name: 'wait' }, init: { signal: client.signal } }),
    )
    await new Promise((resolve) => setTimeout(resolve, 5))
    client.abort()
    expect((await answer).status).toBe(499)
    await handler.close()
    expect(cleaned).toHaveBeenCalledTimes(1)
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('It broke')
      },
    ],
    ['rejects', () => Promise.reject(new Error('It broke'))],
  ])('that %s is reported, and changes no answer', async (_, cleanup) => {
    const onerror = vi.fn()
    const { handler } = serve(cleanup, { onerror })
    const { result } = await ask(handler, modern('tools/call', { params: { name: 'go' } }))
    expect(result.content).toMatchObject([{ text: 'went' }])
    await vi.waitFor(() =>
      expect(onerror).toHaveBeenCalledWith(expect.objectContaining({ message: 'It broke' })),
    )
  })
})

describe.each(['at once', 'later'])('a server that a factory returns %s', (when) => {
  const { registerTool } = SdkMcpServer.prototype
  afterEach(() => {
    SdkMcpServer.prototype.registerTool = registerTool
  })
  const failing: [string, () => McpServer][] = [
    [
      'whose replaced method throws where the SDK takes over',
      () => {
        const server = new McpServer({ name: 's', version: '1' })
        server.tool('x', async () => ({ content: [] }))
        SdkMcpServer.prototype.registerTool = () => {
          throw new Error('It broke')
        }
        return server
      },
    ],
    [
      'whose connect() throws',
      () =>
        Object.assign(new McpServer({ name: 's', version: '1' }), {
          connect: () => {
            throw new Error('It broke')
          },
        }),
    ],
    [
      'whose transport throws for what it is handed',
      () =>
        Object.assign(new McpServer({ name: 's', version: '1' }), {
          connect: async (transport: { onmessage: () => void; start(): Promise<void> }) => {
            transport.onmessage = () => {
              throw new Error('It broke')
            }
            await transport.start()
          },
        }) as never,
    ],
    [
      'whose connect() rejects with nothing',
      () => Object.assign(new McpServer({ name: 's', version: '1' }), { connect: () => Promise.reject() }),
    ],
  ]
  const requests: [string, () => Request][] = [
    ...REQUESTS.slice(0, 3),
    ['a 2025-era handshake', () => legacy('initialize', {})],
    [
      'a batch',
      () =>
        post([{ jsonrpc: '2.0', id: 1, method: 'ping' }], {
          'mcp-protocol-version': '2025-03-26',
          accept: 'application/json',
        }),
    ],
  ]

  it.each(
    failing.flatMap(([name, build]) =>
      requests.map(([kind, request]) => [name, kind, build, request] as const),
    ),
  )('%s is closed and cleaned up, and %s is answered', async (_, __, build, request) => {
    const closed = vi.fn()
    const cleanup = vi.fn()
    const onerror = vi.fn()
    const handler = createMcpHandler(
      () => {
        const server = build()
        const { close } = server
        server.close = async () => {
          closed()
          await close.call(server)
        }
        const built = { server, cleanup }
        return when === 'later'
          ? new Promise<typeof built>((resolve) => setTimeout(() => resolve(built), 5))
          : built
      },
      { onerror },
    )
    const response = await handler.fetch(request())
    expect([200, 500]).toContain(response.status)
    const answer = JSON.parse((await response.text()).replace(/^[[]|[\]]$/g, ''))
    expect(answer.error).toMatchObject({ code: -32603 })
    await vi.waitFor(() => expect(cleanup).toHaveBeenCalledTimes(1))
    expect(closed).toHaveBeenCalledTimes(1)
    expect(onerror).toHaveBeenCalled()
    await handler.close()
  })
})

describe('the cleanup beside a server that is refused', () => {
  it('is called for what is no server', async () => {
    const cleanup = vi.fn()
    const handler = createMcpHandler(() => ({ server: {}, cleanup }) as never, { onerror: () => {} })
    expect((await handler.fetch(modern('tools/list'))).status).toBe(500)
    expect(cleanup).toHaveBeenCalledTimes(1)
  })

  it('is not called for a server that is in use, whose own comes when it is done', async () => {
    const cleanups = [vi.fn(), vi.fn()]
    const wait = deferred()
    const server = new SdkMcpServer({ name: 's', version: '1' })
    server.registerTool('wait', {}, async () => {
      await wait.promise
      return { content: [] }
    })
    let built = 0
    const handler = createMcpHandler(() => ({ server, cleanup: cleanups[built++]! }), { onerror: () => {} })
    const first = handler.fetch(modern('tools/call', { params: { name: 'wait' } }))
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect((await handler.fetch(modern('tools/list'))).status).toBe(500)
    expect(cleanups.map(({ mock }) => mock.calls.length)).toEqual([0, 0])
    wait.resolve(undefined as never)
    expect((await first).status).toBe(200)
    await vi.waitFor(() => expect(cleanups.map(({ mock }) => mock.calls.length)).toEqual([1, 0]))
  })
})

it('refuses what is neither a server nor has one', async () => {
  for (const built of [
    { cleanup() {} },
    { server: {}, cleanup() {} },
    { server: new McpServer({ name: 'a', version: '1' }) },
  ]) {
    const onerror = vi.fn()
    const handler = createMcpHandler(() => built as never, { onerror })
    expect((await handler.fetch(modern('tools/list'))).status).toBe(500)
    expect(onerror.mock.calls.flat()[0]).toMatchObject({ reason: 'not-a-server' })
  }
})

it.each([undefined, null, 'text'])(
  'is called where a factory returns %s as the server beside it',
  async (server) => {
    const cleanup = vi.fn()
    const handler = createMcpHandler(() => ({ server, cleanup }) as never, { onerror: () => {} })
    const response = await handler.fetch(modern('tools/list'))
    expect(response.status).toBe(500)
    await vi.waitFor(() => expect(cleanup).toHaveBeenCalledTimes(1))
  },
)
