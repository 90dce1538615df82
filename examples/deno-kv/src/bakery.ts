import { McpServer } from '@portico-mcp/core'

/** Builds the server of a bakery. */
export function createBakery(): McpServer {
  const server = new McpServer({ name: 'bakery', version: '1.0.0' })

  server.registerTool('greet', { description: 'Says who is there' }, async ({ sessionId }) => {
    const { name } = server.server.getClientVersion() ?? { name: 'stranger' }
    return said(`Hello ${name}, ${sessionId ? `in session ${sessionId}` : 'without a session'}`)
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
