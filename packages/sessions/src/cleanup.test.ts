import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { InMemorySessionStore, type SessionsOptions, sessions } from './index.ts'
import { RawClient } from './testing/http.ts'

afterEach(() => vi.useRealTimers())

const text = (said: string) => ({ content: [{ type: 'text' as const, text: said }] })

type Change = (server: SdkMcpServer) => void

describe.each([
  ["Portico's McpServer", McpServer],
  ["the SDK's McpServer", SdkMcpServer],
])('{ server, cleanup } of a factory over sessions, with %s', (_, Server) => {
  function start(options: SessionsOptions = {}, change: Change = () => {}) {
    const order: string[] = []
    const cleaned: unknown[] = []
    const errors: Error[] = []
    let built = 0
    const handler = createMcpHandler(
      () => {
        const name = String(++built)
        const server = new Server({ name: 'tidy', version: '1' })
        server.registerTool('go', {}, async () => text(name))
        server.registerTool('wait', {}, async () => {
          await new Promise((resolve) => setTimeout(resolve, 60_000).unref())
          return text('waited')
        })
        const { close } = server
        server.close = async () => {
          order.push(`closed ${name}`)
          await close.call(server)
        }
        change(server)
        return {
          server,
          cleanup: async (sessionId?: string) => {
            await undefined
            order.push(`cleaned ${name}`)
            cleaned.push(sessionId)
          },
        }
      },
      { legacy: sessions(options), onerror: (error) => errors.push(error), keepAliveMs: 0 },
    )
    return { handler, order, cleaned, errors }
  }

  const ONCE = ['closed 1', 'cleaned 1']

  it('lasts as long as its session', async () => {
    const { handler, order } = start()
    const client = new RawClient(handler)
    await client.open()
    for (let call = 0; call < 3; call++) expect((await client.tool('go')).status).toBe(200)
    expect(order).toEqual([])
  })

  it('is cleaned up once, after the server is closed, when the client ends the session', async () => {
    const { handler, order, cleaned } = start()
    const client = new RawClient(handler)
    await client.open()
    expect((await client.send('DELETE')).status).toBe(200)
    expect(order).toEqual(ONCE)
    expect(cleaned).toEqual([expect.any(String)])
    expect((await client.send('DELETE')).status).toBe(404)
    await handler.close()
    expect(order).toEqual(ONCE)
  })

  it('is cleaned up when the client ends the session while a call runs', async () => {
    const { handler, order } = start()
    const client = new RawClient(handler)
    await client.open()
    const call = client.tool('wait')
    await vi.waitFor(async () => expect((await client.send('DELETE')).status).toBe(200))
    expect((await call).status).toBe(404)
    expect(order).toEqual(ONCE)
  })

  it('is cleaned up when nobody uses the session any longer', async () => {
    vi.useFakeTimers()
    const { handler, order } = start({ idleTimeoutMs: 60_000 })
    const client = new RawClient(handler)
    await client.open()
    await vi.advanceTimersByTimeAsync(30_000)
    expect(order).toEqual([])
    await vi.advanceTimersByTimeAsync(120_000)
    expect(order).toEqual(ONCE)
  })

  it('is cleaned up when the session makes room for another', async () => {
    const { handler, order } = start({ maxSessions: 1 })
    await new RawClient(handler).open()
    const second = new RawClient(handler)
    expect((await second.open()).status).toBe(200)
    await vi.waitFor(() => expect(order).toEqual(ONCE))
    expect((await second.tool('go')).status).toBe(200)
    await handler.close()
    expect(order).toEqual([...ONCE, 'closed 2', 'cleaned 2'])
  })

  it('is cleaned up before close() resolves, of every session', async () => {
    const { handler, order } = start()
    for (let count = 0; count < 3; count++) await new RawClient(handler).open()
    await handler.close()
    expect(order.toSorted()).toEqual(
      ['1', '2', '3'].flatMap((name) => [`cleaned ${name}`, `closed ${name}`]).toSorted(),
    )
  })

  it('is cleaned up on each node that has served the session', async () => {
    const store = new InMemorySessionStore()
    const [a, b] = [start({ store }), start({ store })]
    let at = a
    const client = new RawClient(() => at.handler)
    await client.open()
    at = b
    expect((await client.tool('go')).status).toBe(200)
    await a.handler.close()
    expect([a.order, b.order]).toEqual([ONCE, []])
    expect((await client.tool('go')).status).toBe(200)
    expect((await client.send('DELETE')).status).toBe(200)
    expect(b.order).toEqual(ONCE)
    expect(b.cleaned).toEqual(a.cleaned)
  })

  it('is cleaned up where the server does not take the session that it is to go on with', async () => {
    const store = new InMemorySessionStore()
    const refuse: Change = ({ server }) => {
      Object.assign(server, {
        _oninitialize: () => {
          throw new Error('not this client')
        },
      })
    }
    const [a, b] = [start({ store }), start({ store }, refuse)]
    let at = a
    const client = new RawClient(() => at.handler)
    await client.open()
    at = b
    expect((await client.tool('go')).status).toBe(500)
    expect(b.order).toEqual(ONCE)
    at = a
    expect((await client.tool('go')).status).toBe(200)
    expect(a.order).toEqual([])
  })

  it('is cleaned up where initialize is refused', async () => {
    const { handler, order } = start()
    const client = new RawClient(handler)
    expect((await client.call('initialize', { protocolVersion: 7 })).status).toBe(200)
    expect(order).toEqual(ONCE)
  })

  it('is cleaned up once where the server closes itself, and the session goes on with another', async () => {
    let one: SdkMcpServer | undefined
    const { handler, order } = start({}, (server) => {
      one ??= server
    })
    const client = new RawClient(handler)
    await client.open()
    await one?.close()
    await vi.waitFor(() => expect(order.filter((step) => step === 'cleaned 1')).toHaveLength(1))
    const { result } = await (await client.tool('go')).json()
    expect(result.content).toEqual(text('2').content)
    await handler.close()
    expect(order.filter((step) => step.startsWith('cleaned'))).toEqual(['cleaned 1', 'cleaned 2'])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('It does not close')
      },
    ],
    ['rejects', () => Promise.reject(new Error('It does not close'))],
    [
      'throws null',
      () => {
        throw null
      },
    ],
  ])('is cleaned up where close() of the server %s', async (_, close) => {
    const { handler, order, errors } = start({}, (server) => {
      server.close = close as never
    })
    const client = new RawClient(handler)
    await client.open()
    expect((await client.send('DELETE')).status).toBe(200)
    expect(order).toEqual(['cleaned 1'])
    expect(errors).toHaveLength(1)
  })
})

describe('a server whose transport throws for what it is handed', () => {
  /** Answers `initialize`, and throws for everything else. */
  function start(options: SessionsOptions = {}) {
    const errors: Error[] = []
    const handler = createMcpHandler(
      () => ({
        async connect(transport) {
          transport.onmessage = (message) => {
            if (!('method' in message) || !('id' in message) || message.method !== 'initialize') {
              throw new Error('It broke')
            }
            const result = {
              protocolVersion: '2025-11-25',
              capabilities: { tools: {} },
              serverInfo: { name: 'broken', version: '1' },
            }
            void transport.send({ jsonrpc: '2.0', id: message.id, result })
          }
          await transport.start()
        },
        async close() {},
      }),
      { legacy: sessions(options), onerror: (error) => errors.push(error), requestTimeoutMs: 500 },
    )
    return { handler, errors }
  }

  it.each([true, false])(
    'gets every call an answer, and each is forgotten (initialized: %s)',
    async (initialized) => {
      const { handler, errors } = start()
      const client = new RawClient(handler)
      if (initialized) await client.open().catch(() => {})
      else {
        const response = await client.call('initialize', {
          protocolVersion: '2025-11-25',
          capabilities: {},
          clientInfo: { name: 'raw', version: '1' },
        })
        client.sessionId = response.headers.get('mcp-session-id') ?? undefined
      }
      for (let count = 0; count < 2; count++) {
        const response = await client.send('POST', { jsonrpc: '2.0', id: 'same', method: 'tools/list' })
        expect(response.status).toBe(500)
        expect((await response.json()).error).toMatchObject({ code: -32603, message: 'Internal error' })
      }
      expect(errors.length).toBeGreaterThan(0)
      await handler.close()
    },
  )
})
