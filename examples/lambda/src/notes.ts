import { createNotesServer } from '@portico-example/notes'
import { createMcpHandler, type McpHttpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'

const handler = createMcpHandler(() => createNotesServer(() => handler.notify.resourcesChanged()), {
  onerror: (error) => console.error(error.message),
})

/** The notes behind their door. They are in the memory of one environment of Lambda, as who listens is. */
export const notes: McpHttpHandler = withGuard(handler, {
  publicUrl: process.env.PUBLIC_URL ?? 'https://mcp.example.com/mcp',
})
