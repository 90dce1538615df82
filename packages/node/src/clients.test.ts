import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from '@modelcontextprotocol/client'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { completable } from '@modelcontextprotocol/sdk/server/completable.js'
import { ResourceTemplate, McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { toNodeHandler } from './index.ts'

const info = { name: 'client', version: '1' }

function register(server: SdkMcpServer): void {
  server.registerTool(
    'add',
    { description: 'Adds', inputSchema: { a: z.number(), b: z.number() }, outputSchema: { sum: z.number() } },
    async ({ a, b }) => ({
      content: [{ type: 'text', text: String(a + b) }],
      structuredContent: { sum: a + b },
    }),
  )
  server.registerTool('count', { description: 'Counts' }, async ({ _meta, sendNotification }) => {
    for (let progress = 1; progress <= 3 && _meta?.progressToken !== undefined; progress++) {
      const params = { progressToken: _meta.progressToken, progress, total: 3 }
      await sendNotification({ method: 'notifications/progress', params })
    }
    return { content: [{ type: 'text', text: 'counted' }] }
  })
  server.registerTool('fail', { description: 'Fails' }, async () => {
    throw new Error('It broke')
  })
  server.registerTool('change', { description: 'Changes the tools' }, async () => {
    server.sendToolListChanged()
    return { content: [] }
  })
  server.registerTool('book', { description: 'Asks its client' }, async () => {
    const form = { requestedSchema: { type: 'object' as const, properties: {} } }
    const { action } = await server.server.elicitInput({ message: 'Sure?', ...form })
    const { roots } = await server.server.listRoots()
    return { content: [{ type: 'text', text: `${action} ${roots[0]?.uri}` }] }
  })
  server.registerResource('readme', 'doc://readme', { mimeType: 'text/plain' }, async (uri) => ({
    contents: [{ uri: uri.href, text: 'Read me' }],
  }))
  server.registerResource(
    'page',
    new ResourceTemplate('doc://page/{n}', { list: undefined }),
    {},
    async (uri, { n }) => ({
      contents: [{ uri: uri.href, text: `Page ${n}` }],
    }),
  )
  const who = completable(z.string(), (value) => ['ann', 'bob'].filter((name) => name.startsWith(value)))
  server.registerPrompt('greet', { argsSchema: { who } }, async ({ who }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: `Greet ${who}` } }],
  }))
}

const handlers = [McpServer, SdkMcpServer].map((Class) =>
  createMcpHandler(() => {
    const server = new Class({ name: 'tested', version: '1' }, { capabilities: { logging: {} } })
    register(server)
    return server
  }),
)
const listeners = handlers.map((handler) => createServer(toNodeHandler(handler)))

beforeAll(() =>
  Promise.all(listeners.map((listener) => new Promise<void>((up) => listener.listen(0, '127.0.0.1', up)))),
)
afterAll(async () => {
  for (const handler of handlers) await handler.close()
  for (const listener of listeners) {
    listener.close()
    listener.closeAllConnections()
  }
})

const clients = {
  '1.x': async (url: URL, fetch: typeof globalThis.fetch) => {
    const client = new Client1(info)
    await client.connect(new Transport1(url, { fetch }))
    return client
  },
  '2.x, 2025 era': async (url: URL, fetch: typeof globalThis.fetch) => {
    const client = new Client2(info)
    await client.connect(new Transport2(url, { fetch }))
    return client as unknown as Client1
  },
  '2.x, 2026-07-28': async (url: URL, fetch: typeof globalThis.fetch) => {
    const client = new Client2(info, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
    await client.connect(new Transport2(url, { fetch }))
    return client as unknown as Client1
  },
}

const places = handlers.flatMap((handler, index) => {
  const name = index === 0 ? "Portico's McpServer" : "the SDK's McpServer"
  const inProcess = (input: any, init: any) => handler.fetch(new Request(input, init))
  return [
    {
      name: `${name}, in process`,
      handler,
      fetch: inProcess as typeof fetch,
      url: () => new URL('http://localhost/mcp'),
    },
    {
      name: `${name}, on a socket`,
      handler,
      fetch: globalThis.fetch,
      url: () => new URL(`http://127.0.0.1:${(listeners[index]!.address() as AddressInfo).port}/mcp`),
    },
  ]
})

describe.each(places)('$name', ({ handler, fetch, url }) => {
  describe.each(Object.entries(clients))('the official client %s', (_, connect) => {
    let client: Client1
    beforeAll(async () => {
      client = await connect(url(), fetch)
    })
    afterAll(() => client.close())

    it('lists and calls tools', async () => {
      const { tools } = await client.listTools()
      expect(tools.map(({ name }) => name)).toEqual(['add', 'count', 'fail', 'change', 'book'])
      const result = await client.callTool({ name: 'add', arguments: { a: 2, b: 3 } })
      expect(result).toMatchObject({ structuredContent: { sum: 5 }, content: [{ text: '5' }] })
    })

    it('hears of progress', async () => {
      const progress: number[] = []
      const onprogress = (report: { progress: number }) => progress.push(report.progress)
      await client.callTool({ name: 'count' }, undefined, { onprogress })
      // the second client takes (params, options)
      if (progress.length === 0) await (client as any).callTool({ name: 'count' }, { onprogress })
      expect(progress).toEqual([1, 2, 3])
    })

    it('sees a tool fail, and bad arguments', async () => {
      expect(await client.callTool({ name: 'fail' })).toMatchObject({
        isError: true,
        content: [{ text: 'It broke' }],
      })
      expect(await client.callTool({ name: 'add', arguments: { a: 'x' } })).toMatchObject({ isError: true })
    })

    it('reads resources and templates', async () => {
      expect((await client.listResources()).resources).toMatchObject([{ uri: 'doc://readme' }])
      expect((await client.listResourceTemplates()).resourceTemplates).toMatchObject([
        { uriTemplate: 'doc://page/{n}' },
      ])
      expect((await client.readResource({ uri: 'doc://page/7' })).contents).toMatchObject([
        { text: 'Page 7' },
      ])
      await expect(client.readResource({ uri: 'doc://nope' })).rejects.toMatchObject({ code: -32602 })
    })

    it('gets prompts and completes their arguments', async () => {
      expect((await client.listPrompts()).prompts).toMatchObject([{ name: 'greet' }])
      const { messages } = await client.getPrompt({ name: 'greet', arguments: { who: 'ann' } })
      expect(messages).toMatchObject([{ content: { text: 'Greet ann' } }])
      const argument = { name: 'who', value: 'b' }
      const { completion } = await client.complete({ ref: { type: 'ref/prompt', name: 'greet' }, argument })
      expect(completion.values).toEqual(['bob'])
    })

    it('knows the server', () => {
      expect(client.getServerVersion()).toMatchObject({ name: 'tested', version: '1' })
      expect(client.getServerCapabilities()).toMatchObject({ tools: { listChanged: true } })
    })
  })

  it('the official client 2.x listens for changes, from the host and from a handler', async () => {
    const client = new Client2(info, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
    await client.connect(new Transport2(url(), { fetch }))
    const heard = vi.fn()
    client.setNotificationHandler('notifications/tools/list_changed', heard)
    const subscription = await client.listen({ toolsListChanged: true, promptsListChanged: true })
    expect(subscription.honoredFilter).toEqual({ toolsListChanged: true, promptsListChanged: true })
    handler.notify.toolsChanged()
    await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(1))
    await client.callTool({ name: 'change' })
    await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(2))
    await subscription.close()
    expect(await subscription.closed).toBe('local')
    await client.close()
  })

  it('the official client 2.x is asked by a tool, round after round', async () => {
    const client = new Client2(info, {
      capabilities: { elicitation: {}, roots: {} },
      versionNegotiation: { mode: { pin: '2026-07-28' } },
    })
    client.setRequestHandler('elicitation/create', async () => ({ action: 'accept' as const, content: {} }))
    client.setRequestHandler('roots/list', async () => ({ roots: [{ uri: 'file:///a' }] }))
    await client.connect(new Transport2(url(), { fetch }))
    expect(await client.callTool({ name: 'book' })).toMatchObject({ content: [{ text: 'accept file:///a' }] })
    await client.close()
  })

  it('the official client 2.x finds the era by itself', async () => {
    const client = new Client2(info, { versionNegotiation: { mode: 'auto' } })
    await client.connect(new Transport2(url(), { fetch }))
    expect((await client.listTools()).tools).toHaveLength(5)
    await client.close()
  })
})
