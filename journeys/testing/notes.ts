import { checkScopes, getIdentity } from '@portico-mcp/auth'
import {
  type CreateMcpHandlerOptions,
  createMcpHandler,
  type McpHttpHandler,
  McpServer,
} from '@portico-mcp/core'
import { z } from 'zod'

const place = { region: z.string().meta({ 'x-mcp-header': 'Region' }) }

/** A handler whose tools say who is calling. */
export function createNotes(options?: CreateMcpHandlerOptions): McpHttpHandler {
  return createMcpHandler(({ authInfo }) => {
    const server = new McpServer({ name: 'notes', version: '1.0.0' })
    server.registerTool('whoami', { description: 'Says who is calling' }, async (extra) => {
      const said = { identity: getIdentity(), factory: authInfo?.clientId, extra: extra.authInfo?.clientId }
      return { content: [{ type: 'text', text: JSON.stringify(said) }] }
    })
    server.registerTool('purge-notes', { description: 'Removes every note' }, async () => {
      checkScopes(['notes:write'])
      return { content: [{ type: 'text', text: 'Purged' }] }
    })
    server.registerTool('count', { description: 'Counts' }, async ({ _meta, sendNotification }) => {
      const progressToken = _meta?.progressToken
      for (let progress = 1; progress <= 3 && progressToken !== undefined; progress++) {
        await sendNotification({ method: 'notifications/progress', params: { progressToken, progress } })
      }
      return { content: [{ type: 'text', text: 'Counted' }] }
    })
    server.registerTool('find', { description: 'Finds', inputSchema: place }, async ({ region }, extra) => {
      const header = extra.requestInfo?.headers['mcp-param-region'] ?? 'none'
      return { content: [{ type: 'text', text: `${region}, header ${header}` }] }
    })
    server.registerTool('fail', { description: 'Fails' }, async () => {
      throw new Error('It broke')
    })
    return server
  }, options)
}
