import { getIdentity } from '@portico-mcp/auth'
import { McpServer } from '@portico-mcp/core'

/** Builds a server that knows who calls. */
export function createDiary(): McpServer {
  const server = new McpServer({ name: 'diary', version: '1.0.0' })
  server.registerTool('whoami', { description: 'Says who calls' }, async () => {
    const { id, clientId } = getIdentity() ?? {}
    return {
      content: [
        { type: 'text', text: `You are ${id}, by ${clientId ? 'a client that you let in' : 'nobody'}` },
      ],
    }
  })
  return server
}
