import { toRouteHandlers } from '@portico-mcp/core'
import { site } from '../../../../src/site.ts'

export const { GET, OPTIONS } = toRouteHandlers(site)
