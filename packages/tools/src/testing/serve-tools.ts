import { createMcpHandler, McpServer } from '@portico-mcp/core'
import {
  apiCall,
  createGatedToolRegistrar,
  registerOpenApiTools,
  registerToolFromSchema,
  withApi,
} from '@portico-mcp/tools'
import { z } from 'zod'

const document = `
openapi: 3.0.3
info: { title: Notes, version: "1" }
paths:
  /notes/{id}:
    get:
      operationId: get-note
      parameters:
        - { name: id, in: path, required: true, schema: { type: string, nullable: true } }
      responses: {}
`

const inputSchema = {
  type: 'object' as const,
  properties: { id: { type: 'string', pattern: '^n-' } },
  required: ['id'],
}

const tools = createMcpHandler(async () => {
  const server = new McpServer({ name: 'tools', version: '1.0.0' })
  registerToolFromSchema(server, {
    name: 'find',
    inputSchema,
    handler: async ({ id }) => ({
      content: [{ type: 'text', text: JSON.stringify(await apiCall('GET', `/notes/${id}`)) }],
    }),
  })
  const { register } = createGatedToolRegistrar({ server, resolveIdentity: () => ({ userId: 'ann' }) })
  register({
    name: 'open',
    description: 'Open',
    inputSchema: { n: z.number() },
    method: ({ n, userId }) => ({ n, userId }),
  })
  register({ name: 'closed', description: 'Closed', requiredScope: 'x', method: () => 1 })
  await registerOpenApiTools(server, document)
  return server
})

// which API it is, the test says
async function fetch(request: Request): Promise<Response> {
  const { headers } = request
  const api = withApi(tools, {
    apiBaseUrl: `${headers.get('x-api') ?? 'http://localhost'}/api`,
    getApiHeaders: ({ headers }) => ({ authorization: headers.get('authorization') ?? undefined }),
  })
  return api.fetch(request)
}

export default { fetch }
