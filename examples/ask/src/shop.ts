import { McpServer, once } from '@portico-mcp/core'
import { z } from 'zod'

const order = { item: z.string().describe('What to order') }
const email = { type: 'string', format: 'email', title: 'E-mail address' } as const

/** What has been charged, for all to see. */
const charges: string[] = []

/** Builds the shop, which asks in the middle of an order. */
export function createShop(): McpServer {
  const server = new McpServer({ name: 'shop', version: '1.0.0' })

  server.registerTool(
    'order',
    { description: 'Orders an item, and asks what it needs to know', inputSchema: order },
    async ({ item }, extra) => {
      const { action } = await server.server.elicitInput({
        message: `Charge 20 for ${item}?`,
        requestedSchema: { type: 'object', properties: {} },
      })
      if (action !== 'accept') return { content: [{ type: 'text', text: 'Nothing was ordered' }] }

      // the handler runs again from its start with every answer
      const charge = await once(extra, 'charge', () => charges.push(item))
      const { content } = await server.server.elicitInput({
        message: 'Where does the receipt go?',
        requestedSchema: { type: 'object', properties: { email } },
      })
      const receiver = content?.email ?? 'nobody'
      return { content: [{ type: 'text', text: `Receipt ${charge} for ${item} goes to ${receiver}` }] }
    },
  )

  server.registerTool('charges', { description: 'Lists what was charged' }, async () => ({
    content: [{ type: 'text', text: charges.join(', ') }],
  }))

  return server
}
