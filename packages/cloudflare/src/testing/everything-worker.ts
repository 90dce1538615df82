import { env } from 'cloudflare:workers'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { registerPrompts } from '../../../../examples/everything/src/prompts.ts'
import { registerResources } from '../../../../examples/everything/src/resources.ts'
import { registerAskingTools } from '../../../../examples/everything/src/tools/ask.ts'
import { registerContentTools } from '../../../../examples/everything/src/tools/content.ts'
import { registerInputTools } from '../../../../examples/everything/src/tools/input.ts'
import { registerNotifyingTools } from '../../../../examples/everything/src/tools/notify.ts'
import { registerSchemaTools } from '../../../../examples/everything/src/tools/schema.ts'
import { cloudflare, cloudflareSessions } from '../index.ts'

const portico = cloudflare(env.PORTICO)

/** Builds the everything server without its skills, which are files. */
function createServer(): McpServer {
  const server = new McpServer(
    { name: 'everything', version: '1.0.0' },
    { capabilities: { logging: {}, resources: { subscribe: true } } },
  )
  registerContentTools(server)
  registerNotifyingTools(server)
  registerSchemaTools(server)
  registerAskingTools(server)
  registerInputTools(server)
  registerPrompts(server)
  registerResources(server)
  return server
}

export default createMcpHandler(createServer, {
  bus: portico.bus,
  legacy: cloudflareSessions(portico),
  requestState: { keys: ['a secret of at least 32 characters'] },
})
