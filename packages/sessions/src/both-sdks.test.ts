import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { McpServer as McpServer2 } from '@modelcontextprotocol/server'
import { createMcpHandler, type McpHttpHandler, type McpServerLike } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { InMemoryEventStore, InMemorySessionStore, sessions } from './index.ts'
import { createFetch, URL_UNDER_TEST, until } from './testing/http.ts'
import { Stage } from './testing/server.ts'

const ADA = { action: 'accept' as const, content: { name: 'Ada' } }
const info = { name: 'Ann', version: '1.0.0' }

interface AnyClient {
  call(name: string, args?: Record<string, unknown>): Promise<string>
  sessionId(): string | undefined
  changes(): number
  end(): Promise<void>
}

const textOf = ({ content }: object & { content?: unknown }): string =>
  (content as { text: string }[])[0]!.text

async function connect1(handler: McpHttpHandler): Promise<AnyClient> {
  let changes = 0
  const client = new Client(info, { capabilities: { elicitation: {} } })
  client.setRequestHandler(ElicitRequestSchema, async () => ADA)
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => void changes++)
  const transport = new StreamableHTTPClientTransport(new URL(URL_UNDER_TEST), {
    fetch: createFetch(handler),
  })
  await client.connect(transport)
  return {
    call: async (name, args = {}) => textOf(await client.callTool({ name, arguments: args })),
    sessionId: () => transport.sessionId,
    changes: () => changes,
    end: async () => {
      await transport.terminateSession()
      await client.close()
    },
  }
}

async function connect2(handler: McpHttpHandler): Promise<AnyClient> {
  let changes = 0
  const client = new Client2(info, {
    capabilities: { elicitation: {} },
    versionNegotiation: { mode: 'legacy' },
  })
  client.setRequestHandler('elicitation/create', async () => ADA)
  client.setNotificationHandler('notifications/tools/list_changed', () => void changes++)
  const transport = new Transport2(new URL(URL_UNDER_TEST), { fetch: createFetch(handler) })
  await client.connect(transport)
  return {
    call: async (name, args = {}) => textOf(await client.callTool({ name, arguments: args })),
    sessionId: () => transport.sessionId,
    changes: () => changes,
    end: async () => {
      await transport.terminateSession()
      await client.close()
    },
  }
}

function buildServer2(): McpServerLike {
  const server = new McpServer2(
    { name: 'second', version: '2.0.0' },
    { capabilities: { tools: { listChanged: true } } },
  )
  const said = (text: string) => ({ content: [{ type: 'text' as const, text }] })
  server.registerTool('echo', { inputSchema: z.object({ text: z.string() }) }, async ({ text }) => said(text))
  server.registerTool('session', {}, async (ctx) => said(String(ctx.sessionId)))
  server.registerTool('ask', { inputSchema: z.object({ related: z.boolean() }) }, async (_, ctx) => {
    const requestedSchema = { type: 'object' as const, properties: { name: { type: 'string' as const } } }
    return said(JSON.stringify(await ctx.mcpReq.elicitInput({ message: 'Who?', requestedSchema })))
  })
  return server
}

const servers = {
  'a server of the 1.x SDK': () => new Stage().factory,
  'a server of the 2.x SDK': () => buildServer2,
}
const clients = { 'a client of the 1.x SDK': connect1, 'a 2025-era client of the 2.x SDK': connect2 }

describe.each(Object.entries(servers))('%s', (_, factoryOf) => {
  describe.each(Object.entries(clients))('serves %s', (_, connect) => {
    it.each([true, false])('in a session, with questions and changes (resumable: %s)', async (resumable) => {
      const store = new InMemorySessionStore()
      const handler = createMcpHandler(factoryOf(), {
        legacy: sessions({ store, ...(resumable && { eventStore: new InMemoryEventStore() }) }),
      })
      const client = await connect(handler)
      expect(await client.call('echo', { text: 'hello' })).toBe('hello')
      expect(await client.call('session')).toBe(client.sessionId())
      expect(JSON.parse(await client.call('ask', { related: true }))).toMatchObject(ADA)
      // the stream of a client is open a moment after its handshake
      await until(() => {
        handler.notify.toolsChanged()
        return client.changes()
      })
      await client.end()
      expect(store.size).toBe(0)
    })
  })
})

it('a 1.x client whose call is answered with an error comes back once, and is told to stay away', async () => {
  const legacy = sessions({ eventStore: new InMemoryEventStore(), retryMs: 5 })
  const handler = createMcpHandler(new Stage().factory, { legacy, requestTimeoutMs: 20 })
  const statuses: number[] = []
  const reach = createFetch(handler)
  const fetch: typeof reach = async (url, init) => {
    const response = await reach(url, init)
    if (init?.method === 'GET') statuses.push(response.status)
    return response
  }
  const client = new Client(info)
  await client.connect(new StreamableHTTPClientTransport(new URL(URL_UNDER_TEST), { fetch }))
  const call = client.callTool({ name: 'wait', arguments: { key: 'never' } })
  await expect(call).rejects.toThrow('The answer took more than 20 ms')
  await until(() => statuses.length > 1)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(statuses).toEqual([200, 204])
  await client.close()
})
