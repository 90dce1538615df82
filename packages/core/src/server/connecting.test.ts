import type { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from '../handler.ts'
import { connectClient } from '../testing/client.ts'
import { ask, legacy, modern } from '../testing/requests.ts'
import { CLASSES } from '../testing/server.ts'
import type { McpServerLike } from './factory.ts'

const info = { name: 'slow', version: '1' }
const text = (value: unknown) => ({ content: [{ type: 'text' as const, text: String(value) }] })
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

type Connect = SdkMcpServer['connect']

/** A handler whose servers do something in `connect()` besides connecting. */
function connecting(
  Server: typeof SdkMcpServer,
  connect: (server: SdkMcpServer, connect: Connect) => Connect,
  onerror: (error: Error) => void = () => {},
) {
  return createMcpHandler(
    () => {
      const server = new Server(info, { capabilities: { tools: {} } })
      server.registerTool('go', {}, async () => text((server as { learned?: string }).learned ?? 'went'))
      server.connect = connect(server, server.connect.bind(server))
      return server as McpServerLike
    },
    { onerror },
  )
}

const call = { params: { name: 'go' } }
const ERAS: [string, () => Request][] = [
  ['2026-07-28', () => modern('tools/call', call)],
  ['2025', () => legacy('tools/call', call.params)],
]

describe.each(CLASSES)('a connect() of %s', (_, Server) => {
  describe.each(ERAS)('in %s', (_, request) => {
    it('that polls for its client finds it, and keeps no call', async () => {
      const looks = vi.fn()
      const handler = connecting(Server, (server, connect) => async (transport) => {
        await connect(transport)
        for (let look = 0; look < 10 && !server.server.getClientCapabilities(); look++) await pause(20)
        looks(server.server.getClientCapabilities())
      })
      expect((await ask(handler, request())).result.content).toEqual([{ type: 'text', text: 'went' }])
      await vi.waitFor(() => expect(looks).toHaveBeenCalledWith({}))
    })

    it('that waits for oninitialized gets it', async () => {
      const connected = vi.fn()
      const handler = connecting(Server, (server, connect) => async (transport) => {
        const initialized = new Promise<void>((resolve) => {
          server.server.oninitialized = resolve
        })
        await connect(transport)
        await initialized
        connected()
      })
      expect((await ask(handler, request())).result.content).toEqual([{ type: 'text', text: 'went' }])
      expect(connected).toHaveBeenCalledTimes(1)
    })

    it('that never resolves keeps no call', async () => {
      const handler = connecting(Server, (_, connect) => async (transport) => {
        await connect(transport)
        await new Promise(() => {})
      })
      expect((await ask(handler, request())).result.content).toEqual([{ type: 'text', text: 'went' }])
    })

    it.each([
      ['at once', 0, false],
      ['before it starts', 0, true],
      ['late', 20, false],
    ])('that rejects %s fails the request', async (_, ms, isBefore) => {
      const onerror = vi.fn()
      const handler = connecting(
        Server,
        (server, connect) => async (transport) => {
          server.server.oninitialized = () => new Promise<void>(() => {}) as never
          if (!isBefore) await connect(transport)
          if (ms > 0) await pause(ms)
          throw new Error('The database is away')
        },
        onerror,
      )
      const response = await handler.fetch(request())
      expect(response.status).toBe(500)
      expect((await response.json()).error.message).toBe('Internal error')
      const reported = onerror.mock.calls.flat().map(({ message, cause }) => cause?.message ?? message)
      expect(reported).toContain('The database is away')
    })

    it('that resolves after a moment has its own way first', async () => {
      const handler = connecting(Server, (server, connect) => async (transport) => {
        await connect(transport)
        for (let count = 0; count < 20; count++) await undefined
        ;(server as { learned?: string }).learned = 'learned'
      })
      expect((await ask(handler, request())).result.content).toEqual([{ type: 'text', text: 'learned' }])
    })
  })

  const askingRoots = () =>
    connecting(Server, (server, connect) => async (transport) => {
      await connect(transport)
      const { roots } = await server.server.listRoots()
      ;(server as { learned?: string }).learned = roots[0]?.uri ?? 'none'
    })

  it('that awaits listRoots() ends the round, and is answered before the call goes on', async () => {
    const { client, posts } = await connectClient(askingRoots(), {
      'roots/list': [{ roots: [{ uri: 'file:///c' }] }],
    })
    const before = posts.length
    expect(await client.callTool({ name: 'go' })).toMatchObject({ content: [{ text: 'file:///c' }] })
    expect(posts.length - before).toBe(2)
  })

  it.each([
    ['2026-07-28', () => modern('tools/list'), 'go'],
    ['2025', () => legacy('tools/call', call.params), 'went'],
  ])(
    'that awaits listRoots() where nobody can be asked is served without them (%s)',
    async (_, request, said) => {
      const { result } = await ask(askingRoots(), request())
      expect(JSON.stringify(result)).toContain(said)
    },
  )
})
