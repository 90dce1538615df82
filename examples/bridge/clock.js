import { McpServer } from '@portico-mcp/core'

export function createServer() {
  const server = new McpServer({ name: 'clock', version: '1.0.0' })
  server.registerTool('now', { description: 'Tell the time' }, async () => ({
    content: [{ type: 'text', text: new Date().toISOString() }],
  }))
  return server
}
