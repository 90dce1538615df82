import { McpServer } from '@portico-mcp/core'
import { z } from 'zod'

// Schemas, and everything else that lasts, stand outside of the factory: it runs for every request.
const greeting = { name: z.string().describe('Whom to greet') }

/** Creates the MCP server for one request. */
export function createServer(): McpServer {
  const server = new McpServer({ name: '__NAME__', version: '1.0.0' })

  server.registerTool(
    'greet',
    { description: 'Greets someone by name', inputSchema: greeting },
    async ({ name }) => ({
      content: [{ type: 'text', text: `Hello, ${name}!` }],
    }),
  )

  return server
}
