import { createMcpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { createServer } from './create-server.ts'

const handler = createMcpHandler(createServer)

export default withGuard(handler, { publicUrl: process.env.PUBLIC_URL ?? 'http://localhost:8787/mcp' })
