import { toRouteHandlers } from '@portico-mcp/core'
import { handler } from '../../../../src/handler.ts'

export const { GET, OPTIONS } = toRouteHandlers(handler)
