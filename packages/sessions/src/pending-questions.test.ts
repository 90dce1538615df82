import { McpServer as SdkServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { InMemoryEventStore, sessions } from './index.ts'
import { EventReader, RawClient, until } from './testing/http.ts'

const unhandled: unknown[] = []
const onunhandled = (error: unknown): void => void unhandled.push(error)

beforeEach(() => void process.on('unhandledRejection', onunhandled))
afterEach(() => {
  process.off('unhandledRejection', onunhandled)
  unhandled.length = 0
})

const ASKING = {
  elicitInput: ({ server }: McpServer) =>
    server.elicitInput({ message: 'Who?', requestedSchema: { type: 'object', properties: {} } }),
  createMessage: ({ server }: McpServer) => server.createMessage({ messages: [], maxTokens: 1 }),
  listRoots: ({ server }: McpServer) => server.listRoots(),
  ping: ({ server }: McpServer) => server.ping(),
}

const ENDING: Record<string, (client: RawClient, close: () => Promise<void>) => Promise<unknown>> = {
  'the handler closes': (_, close) => close(),
  'its session is deleted': (client) => client.send('DELETE'),
  'its call is cancelled': (client) => client.notify('notifications/cancelled', { requestId: 2 }),
}

describe.each([
  ["Portico's McpServer", McpServer],
  ["the SDK's McpServer", SdkServer],
])('a question of %s that nobody awaits', (_, Server) => {
  it.each(
    Object.keys(ENDING).flatMap((how) =>
      Object.keys(ASKING).map((what) => [how, what as keyof typeof ASKING] as const),
    ),
  )('ends no process where %s while it is pending: %s', async (how, what) => {
    for (const eventStore of [undefined, new InMemoryEventStore()]) {
      let asked = 0
      const factory = () => {
        const server = new Server({ name: 'asking', version: '1.0.0' })
        server.registerTool('ask', {}, async () => {
          void ASKING[what](server as McpServer)
          asked += 1
          await new Promise(() => {})
          return { content: [] }
        })
        return server
      }
      const legacy = sessions(eventStore ? { eventStore } : {})
      const handler = createMcpHandler(factory, { legacy, onerror: () => {} })
      const client = new RawClient(handler)
      await client.open({ elicitation: {}, sampling: {}, roots: {} })
      const stream = new EventReader(await client.listen())
      const called = client.tool('ask')
      await until(() => asked)
      await ENDING[how]?.(client, () => handler.close())
      await called
      await handler.close()
      await stream.leave()
      await new Promise(setImmediate)
    }
    expect(unhandled).toEqual([])
  })
})
