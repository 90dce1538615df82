// bundled, and served by workerd, with sessions on Durable Objects
import { env } from 'cloudflare:workers'
import { cloudflare, cloudflareSessions, type ObjectNamespace } from '@portico-mcp/cloudflare'
import { createMcpHandler, type McpHttpHandler } from '@portico-mcp/core'
import { porticoFactory } from '../groups/portico.ts'
import { ONE_CALL } from './work.ts'

const portico = cloudflare(env.PORTICO as ObjectNamespace)

const handler: McpHttpHandler = createMcpHandler(await porticoFactory(ONE_CALL), {
  bus: portico.bus,
  legacy: cloudflareSessions(portico),
})

export { PorticoObject } from '@portico-mcp/cloudflare'
export default handler
