import { getIdentity } from '@portico-mcp/auth'
import { McpServer } from '@portico-mcp/core'

/** Builds the server of a bakery. */
export function createBakery(): McpServer {
  const server = new McpServer({ name: 'bakery', version: '1.0.0' })

  server.registerTool('greet', { description: 'Says who calls, by which client' }, async ({ sessionId }) => {
    const { name } = server.server.getClientVersion() ?? { name: 'a client' }
    const user = getIdentity()?.id ?? 'stranger'
    return said(`Hello ${user}, with ${name}, ${sessionId ? 'in a session' : 'without a session'}`)
  })

  server.registerTool('order', { description: 'Asks what to bake' }, async () => {
    const { action, content } = await server.server.elicitInput({
      message: 'Which bread?',
      requestedSchema: { type: 'object', properties: { bread: { type: 'string' } }, required: ['bread'] },
    })
    return said(action === 'accept' ? `One ${content?.bread}` : 'Nothing was ordered')
  })

  return server
}

const said = (text: string): { content: [{ type: 'text'; text: string }] } => ({
  content: [{ type: 'text', text }],
})
