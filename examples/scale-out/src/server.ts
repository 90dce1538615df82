import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { McpServer, type McpServerFactory } from '@portico-mcp/core'
import { z } from 'zod'

const step = { minutes: z.number().int().min(1).max(60).describe('How long to bake') }
const news = { text: z.string().max(200).describe('What to tell') }
const shelf = { bread: z.string().max(100).describe('Which shelf to fill') }
const MINUTE_MS = 20

/** Makes what builds the servers of a bakery, one a session, on the node of that name. */
export const createBakery =
  (node: string): McpServerFactory =>
  () => {
    const server = new McpServer(
      { name: 'bakery', version: '1.0.0' },
      { capabilities: { logging: {}, resources: { subscribe: true } } },
    )

    server.registerTool('greet', { description: 'Says who is there, and which node' }, async () => {
      const { name } = server.server.getClientVersion() ?? { name: 'stranger' }
      return said(`Hello ${name}, from node ${node}`)
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

    server.registerTool(
      'announce',
      { description: 'Tells it on the stream of the session, whichever node holds it', inputSchema: news },
      async ({ text }) => {
        await server.sendLoggingMessage({ level: 'info', data: text })
        return said('Announced')
      },
    )

    server.registerResource(
      'shelf',
      new ResourceTemplate('bakery://shelves/{bread}', { list: undefined }),
      { description: 'What is on the shelf of a bread' },
      async ({ href }, { bread }) => ({ contents: [{ uri: href, text: `Fresh ${bread}` }] }),
    )

    server.registerTool(
      'fill',
      { description: 'Fills a shelf, and tells whoever watches it, on every node', inputSchema: shelf },
      async ({ bread }) => {
        await server.server.sendResourceUpdated({ uri: `bakery://shelves/${bread}` })
        return said('Filled')
      },
    )

    return server
  }

const said = (text: string): { content: [{ type: 'text'; text: string }] } => ({
  content: [{ type: 'text', text }],
})
