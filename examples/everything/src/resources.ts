import { type McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { SubscribeRequestSchema, UnsubscribeRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { PNG } from './media.ts'

/** Registers the resources, and what answers subscriptions to them. */
export function registerResources(server: McpServer): void {
  const plain = { mimeType: 'text/plain' }

  server.registerResource('static-text', 'test://static-text', plain, async ({ href }) => ({
    contents: [{ uri: href, ...plain, text: 'This is the content of the static text resource.' }],
  }))

  server.registerResource(
    'static-binary',
    'test://static-binary',
    { mimeType: 'image/png' },
    async ({ href }) => ({ contents: [{ uri: href, mimeType: 'image/png', blob: PNG }] }),
  )

  server.registerResource('watched-resource', 'test://watched-resource', plain, async ({ href }) => ({
    contents: [{ uri: href, ...plain, text: 'Watched resource content' }],
  }))

  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { mimeType: 'application/json' },
    async ({ href }, { id }) => {
      const text = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` })
      return { contents: [{ uri: href, mimeType: 'application/json', text }] }
    },
  )

  server.server.setRequestHandler(SubscribeRequestSchema, async () => ({}))
  server.server.setRequestHandler(UnsubscribeRequestSchema, async () => ({}))
}
