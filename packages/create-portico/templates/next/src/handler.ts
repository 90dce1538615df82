import { createMcpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { createServer } from './create-server.ts'

const publicUrl = process.env.PUBLIC_URL ?? 'http://localhost:3000/mcp'
const guarded = withGuard(createMcpHandler(createServer), { publicUrl })

/** Answers a request to a route of Next.js. */
export const handler = (request: Request): Promise<Response> => Promise.resolve(guarded.fetch(request))
