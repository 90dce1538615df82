import { toRouteHandlers } from '@portico-mcp/core'
import { site } from '../../src/site.ts'

// seconds that a function of Vercel may take
export const maxDuration = 60

export const { GET, POST, DELETE, OPTIONS, PUT, PATCH } = toRouteHandlers(site)
