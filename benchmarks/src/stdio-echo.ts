import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { z } from 'zod'

const inputSchema = { text: z.string() }

/** Builds the server that is measured in process, and as a process. */
export function buildEcho(): McpServer {
  const server = new McpServer({ name: 'echo', version: '1.0.0' })
  for (let n = 0; n < 10; n++) {
    server.registerTool(`echo-${n}`, { description: 'Repeats a text', inputSchema }, async ({ text }) => ({
      content: [{ type: 'text', text }],
    }))
  }
  return server
}
