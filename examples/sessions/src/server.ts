import { McpServer, type McpServerFactory } from '@portico-mcp/core'
import { z } from 'zod'

const step = { minutes: z.number().int().min(1).max(60).describe('How long to bake') }
const MINUTE_MS = 20

/** Builds the servers of a bakery, one a session. */
export const createBakery: McpServerFactory = () => {
  const server = new McpServer({ name: 'bakery', version: '1.0.0' }, { capabilities: { logging: {} } })

  server.registerTool('greet', { description: 'Says who is there' }, async (extra) => {
    const { name } = server.server.getClientVersion() ?? { name: 'stranger' }
    return said(`Hello ${name}, in session ${extra.sessionId}`)
  })

  server.registerTool('order', { description: 'Asks what to bake' }, async () => {
    const { action, content } = await server.server.elicitInput({
      message: 'Which bread?',
      requestedSchema: { type: 'object', properties: { bread: { type: 'string' } }, required: ['bread'] },
    })
    return said(action === 'accept' ? `One ${content?.bread}` : 'Nothing was ordered')
  })

  server.registerTool(
    'bake',
    { description: 'Bakes, and tells how far it is', inputSchema: step },
    async ({ minutes }, { _meta, sendNotification }) => {
      const { progressToken } = _meta ?? {}
      for (let progress = 1; progress <= minutes; progress++) {
        await new Promise((resolve) => setTimeout(resolve, MINUTE_MS))
        if (progressToken === undefined) continue
        const params = { progressToken, progress, total: minutes }
        await sendNotification({ method: 'notifications/progress', params })
      }
      return said('Baked')
    },
  )

  return server
}

const said = (text: string): { content: [{ type: 'text'; text: string }] } => ({
  content: [{ type: 'text', text }],
})
