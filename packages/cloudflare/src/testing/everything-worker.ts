import { env } from 'cloudflare:workers'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { buildEverything } from '../../../../examples/everything/src/server.ts'
import { cloudflare, cloudflareSessions } from '../index.ts'

const portico = cloudflare(env.PORTICO)

export default createMcpHandler(() => buildEverything(McpServer), {
  bus: portico.bus,
  legacy: cloudflareSessions(portico),
  requestState: { keys: ['a secret of at least 32 characters'] },
})
