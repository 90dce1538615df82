import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { InMemoryEventStore, sealed, sessions } from '../index.ts'

/** A server for runtimes without Node, under `/stored` and `/sealed`. */
const factory = () => {
  const server = new McpServer({ name: 'runtime', version: '1.0.0' })
  server.registerTool('who', {}, (extra) => {
    const text = JSON.stringify([server.server.getClientVersion()?.name, extra.sessionId])
    return { content: [{ type: 'text', text }] }
  })
  server.registerTool('ask', {}, async () => {
    const requestedSchema = { type: 'object' as const, properties: { name: { type: 'string' as const } } }
    const { content } = await server.server.elicitInput({ message: 'Who?', requestedSchema })
    return { content: [{ type: 'text', text: String(content?.name) }] }
  })
  return server
}

const store = sealed({ keys: ['a secret of at least 32 characters'] })
const handlers: Record<string, { fetch(request: Request): Promise<Response> }> = {
  '/sealed': createMcpHandler(factory, { legacy: sessions({ store }) }),
  '/stored': createMcpHandler(factory, { legacy: sessions({ eventStore: new InMemoryEventStore() }) }),
}

const fetch = async (request: Request): Promise<Response> =>
  handlers[new URL(request.url).pathname]?.fetch(request) ?? new Response('ready')

export default { fetch }
