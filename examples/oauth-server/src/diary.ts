import { getIdentity } from '@portico-mcp/auth'
import { McpServer } from '@portico-mcp/core'

/** Builds a server that knows who calls. */
export function createDiary(): McpServer {
  const server = new McpServer({ name: 'diary', version: '1.0.0' })
  server.registerTool('whoami', { description: 'Says who calls' }, async () => {
    return { content: [{ type: 'text', text: `You are ${getIdentity()?.id}` }] }
  })
  return server
}
