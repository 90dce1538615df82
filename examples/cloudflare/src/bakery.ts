import { getIdentity } from '@portico-mcp/auth'
import { McpServer } from '@portico-mcp/core'

/** Builds the server of a bakery that knows who calls. */
export function createBakery(): McpServer {
  const server = new McpServer({ name: 'bakery', version: '1.0.0' })

  server.registerTool('whoami', { description: 'Says who calls' }, async () =>
    said(`You are ${getIdentity()?.id}`),
  )

  server.registerTool('order', { description: 'Asks what to bake' }, async () => {
    const { action, content } = await server.server.elicitInput({
      message: 'Which bread?',
      requestedSchema: { type: 'object', properties: { bread: { type: 'string' } }, required: ['bread'] },
    })
    return said(action === 'accept' ? `One ${content?.bread}` : 'Nothing was ordered')
  })

  server.registerTool('renew', { description: 'Announces that there are other tools' }, async () => {
    server.sendToolListChanged()
    return said('Announced')
  })

  return server
}

const said = (text: string): { content: [{ type: 'text'; text: string }] } => ({
  content: [{ type: 'text', text }],
})
