import { env } from 'cloudflare:workers'
import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { createAuditFixture } from '@portico-mcp/audits'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { z } from 'zod'
import { cloudflare, cloudflareSessions } from '../index.ts'

const portico = cloudflare(env.PORTICO)

export default createMcpHandler(createAuditFixture({ McpServer, ResourceTemplate, z }), {
  bus: portico.bus,
  legacy: cloudflareSessions(portico),
  requestState: { keys: ['a secret of at least 32 characters'] },
  // workerd notices that a client has left when it next writes to it
  keepAliveMs: 250,
})
