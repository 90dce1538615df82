import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { withTelemetry } from '@portico-mcp/telemetry'

// nothing is registered, and the api may not even be there
const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'observed', version: '1.0.0' })
  server.registerTool('work', {}, async () => ({ content: [{ type: 'text', text: 'done' }] }))
  return server
})

export default withTelemetry(handler)
