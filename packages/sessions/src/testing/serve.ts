import { createMcpHandler, type McpHttpHandler, McpServer } from '@portico-mcp/core'
import { encryptedSessionIds, InMemoryEventStore, sessions } from '../index.ts'

/** A server for runtimes without Node, under `/stored` and `/sealed`. */
const factoryFor = (path: string) => () => {
  const server = new McpServer({ name: 'runtime', version: '1.0.0' })
  server.registerTool('who', {}, (extra) => {
    const text = JSON.stringify([server.server.getClientVersion()?.name, extra.sessionId])
    return { content: [{ type: 'text', text }] }
  })
  server.registerTool('announce', {}, async () => {
    handlers[path]?.notify.toolsChanged()
    return { content: [{ type: 'text', text: 'announced' }] }
  })
  server.registerTool('ask', {}, async () => {
    const requestedSchema = { type: 'object' as const, properties: { name: { type: 'string' as const } } }
    const { content } = await server.server.elicitInput({ message: 'Who?', requestedSchema })
    return { content: [{ type: 'text', text: String(content?.name) }] }
  })
  return server
}

const store = encryptedSessionIds({ keys: ['a secret of at least 32 characters'] })
const handlers: Record<string, McpHttpHandler> = {
  '/sealed': createMcpHandler(factoryFor('/sealed'), { legacy: sessions({ store }) }),
  '/stored': createMcpHandler(factoryFor('/stored'), {
    legacy: sessions({ eventStore: new InMemoryEventStore() }),
  }),
}

const fetch = async (request: Request): Promise<Response> =>
  handlers[new URL(request.url).pathname]?.fetch(request) ?? new Response('ready')

export default { fetch }
