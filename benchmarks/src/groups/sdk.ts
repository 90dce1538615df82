import type { Subject } from '../subjects.ts'
import type { Group } from './group.ts'
import { info } from './portico.ts'

/** The SDK's own class in Portico's factory. */
export const SDK_SUBJECTS: Record<string, Subject> = {
  'portico-sdk-validator': {
    title: "Portico, the SDK's McpServer, shared validator",
    eras: ['modern', 'legacy'],
    async serve({ tools, schemas }) {
      const { createMcpHandler } = await import('@portico-mcp/core')
      const { jsonSchemaValidator } = await import('@portico-mcp/core/json-schema')
      const { toNodeHandler } = await import('@portico-mcp/node')
      const { McpServer } = await import('@modelcontextprotocol/sdk/server/mcp.js')
      const { register, shapesOf } = await import('../tools.ts')
      const handler = createMcpHandler(() => {
        const server = new McpServer(info, { jsonSchemaValidator })
        register(server, shapesOf(tools, schemas))
        return server
      })
      return { fetch: handler.fetch, node: toNodeHandler(handler) }
    },
  },
}

/** What the SDK's own class costs in Portico, beside the SDK's own transport and the official handler. */
export const SDK: Group = {
  work: { method: 'tools/call', era: 'legacy', tools: 1, schemas: 'module' },
  rows: [
    { subject: 'sdk-1.x' },
    { subject: 'server-2.x', beside: 'sdk-1.x' },
    { subject: 'portico-sdk', beside: 'sdk-1.x', atLeast: 2.5 },
    { subject: 'portico-sdk-validator', beside: 'sdk-1.x', atLeast: 4 },
    { subject: 'portico', beside: 'sdk-1.x' },
  ],
}
