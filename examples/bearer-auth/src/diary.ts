import { getIdentity } from '@portico-mcp/auth'
import { McpServer } from '@portico-mcp/core'

let built = 0

/** Builds a server that knows who calls, and how many there were before it. */
export function createDiary(): McpServer {
  const number = ++built
  const server = new McpServer({ name: 'diary', version: '1.0.0' })

  server.registerTool('whoami', { description: 'Says who calls, and who answers' }, async () => ({
    content: [{ type: 'text', text: `You are ${getIdentity()?.id}, and this is server ${number}` }],
  }))

  return server
}
