import { createMcpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { toStreamingLambdaHandler } from '@portico-mcp/lambda'
import { createServer } from './create-server.ts'

const publicUrl = process.env.PUBLIC_URL ?? 'http://localhost:3000/mcp'

export const handler = toStreamingLambdaHandler(withGuard(createMcpHandler(createServer), { publicUrl }))
