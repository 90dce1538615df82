import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { McpServer as McpServer2 } from '@modelcontextprotocol/server'
import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from './handler.ts'
import { McpServer } from './mcp-server.ts'
import type { CreateMcpHandlerOptions, McpServerLike } from './options.ts'
import { ask, deferred, legacy, modern, post } from './testing/requests.ts'

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
