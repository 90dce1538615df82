import type { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { SubscribeRequestSchema, UnsubscribeRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from '../handler.ts'
import type { CreateMcpHandlerOptions } from '../options.ts'
import { ask, frames, legacy, modern } from '../testing/requests.ts'
import { CLASSES } from '../testing/server.ts'

const URI = 'doc://one'
const listen = (uris: string[], init?: RequestInit) =>
  modern('subscriptions/listen', {
    params: { notifications: { resourceSubscriptions: uris } },
    headers: { accept: 'application/json, text/event-stream' },
    init,
  })
const touch = () => modern('tools/call', { params: { name: 'touch' } })

/** A server that announces changes of the resources that its own handler was told of; to `held`, or each to its own. */
function serve(Server: typeof SdkMcpServer, held?: Set<string>, options?: CreateMcpHandlerOptions) {
  const told = vi.fn()
  const closed = vi.fn()
  const handler = createMcpHandler(() => {
    const server = new Server(
      { name: 'subscribes', version: '1' },
      { capabilities: { resources: { subscribe: true } } },
    )
    const subscribed = held ?? new Set<string>()
    server.registerResource('one', URI, {}, async () => ({ contents: [] }))
    server.server.setRequestHandler(SubscribeRequestSchema, ({ params: { uri } }) => {
      told('subscribe', uri)
      if (uri.includes('secret')) throw new Error('Not allowed')
      subscribed.add(uri)
      return {}
    })
    server.server.setRequestHandler(UnsubscribeRequestSchema, ({ params: { uri } }) => {
      told('unsubscribe', uri)
      subscribed.delete(uri)
      return {}
    })
    server.server.onclose = closed
    server.registerTool('touch', {}, async () => {
      for (const uri of subscribed) await server.server.sendResourceUpdated({ uri })
      return { content: [] }
    })
    return server
  }, options)
  return { handler, told, closed }
}

describe.each(CLASSES)('a resources/subscribe handler of %s', (_, Server) => {
  it.each([
    ['that is kept beside the servers', new Set<string>()],
    ['that is kept in each server', undefined],
  ])('is told of what a client listens to, in a state %s', async (_, held) => {
    const { handler, told } = serve(Server, held)
    const stream = frames(await handler.fetch(listen([URI])))
    expect((await stream.next()).value.method).toBe('notifications/subscriptions/acknowledged')
    expect(told.mock.calls).toEqual([['subscribe', URI]])
    await ask(handler, touch())
    expect((await stream.next()).value).toMatchObject({
      method: 'notifications/resources/updated',
      params: { uri: URI },
    })
    await handler.close()
  })

  it('is told when the stream has ended, and its server is closed', async () => {
    const held = new Set<string>()
    const { handler, told, closed } = serve(Server, held)
    const client = new AbortController()
    await handler.fetch(listen([URI], { signal: client.signal }))
    expect([held.size, closed.mock.calls.length]).toEqual([1, 0])
    client.abort()
    await vi.waitFor(() => expect(told).toHaveBeenCalledWith('unsubscribe', URI))
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1))
    expect(held.size).toBe(0)
    await ask(handler, touch())
    expect(told).toHaveBeenCalledTimes(2)
  })

  it('is told when the handler closes, and outlives requestTimeoutMs', async () => {
    const { handler, told, closed } = serve(Server, undefined, { requestTimeoutMs: 20 })
    await handler.fetch(listen([URI]))
    await new Promise((resolve) => setTimeout(resolve, 40))
    expect(closed).not.toHaveBeenCalled()
    await handler.close()
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1))
    expect(told.mock.calls[0]).toEqual(['subscribe', URI])
  })

  it('that refuses one is told of the others', async () => {
    const held = new Set<string>()
    const { handler } = serve(Server, held)
    await handler.fetch(listen(['doc://secret', URI]))
    expect([...held]).toEqual([URI])
    await handler.close()
  })

  it('of one caller hears nothing of what another listens to', async () => {
    const { handler, told } = serve(Server)
    const as = (sub: string) => ({ authInfo: { token: sub, clientId: sub, scopes: [] } })
    await handler.fetch(listen([URI]), as('ann'))
    await ask(handler, touch(), as('bob'))
    expect(told).toHaveBeenCalledTimes(1)
    await ask(handler, touch(), as('ann'))
    expect(told).toHaveBeenCalledTimes(2)
    await handler.close()
  })

  it('is what 2025-era clients without a session are offered subscriptions for', async () => {
    const { handler } = serve(Server)
    const without = createMcpHandler(() => {
      const server = new Server(
        { name: 'a', version: '1' },
        { capabilities: { resources: { subscribe: true } } },
      )
      server.registerResource('one', URI, {}, async () => ({ contents: [] }))
      return server
    })
    const params = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'a', version: '1' },
    }
    const offered = async (from: typeof handler) =>
      (await ask(from, legacy('initialize', params))).result.capabilities.resources
    expect(await offered(handler)).toMatchObject({ subscribe: true })
    expect(await offered(without)).not.toHaveProperty('subscribe')
    expect((await ask(handler, modern('server/discover'))).result.capabilities.resources).toMatchObject({
      subscribe: true,
    })
  })
})
