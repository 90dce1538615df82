import { createMcpHandler, type FetchHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { createServer } from './create-server.ts'

const publicUrl = process.env.PUBLIC_URL ?? 'http://localhost:3000/mcp'

/** What the routes of Next.js serve. */
export const handler: FetchHandler = withGuard(createMcpHandler(createServer), { publicUrl })
