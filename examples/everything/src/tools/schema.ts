import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { z } from 'zod'
import { text } from './text.ts'

const address = z.object({ street: z.string(), city: z.string() }).partial()

// metadata goes into the JSON Schema as it is, over what zod derives
const contact = z
  .strictObject({
    name: z.string().optional(),
    address: address.optional(),
    contactMethod: z.enum(['phone', 'email']).optional(),
    phone: z.string().optional(),
    email: z.string().optional(),
  })
  .meta({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $defs: {
      address: {
        $anchor: 'addressDef',
        type: 'object',
        properties: { street: { type: 'string' }, city: { type: 'string' } },
      },
    },
    properties: {
      name: { type: 'string' },
      address: { $ref: '#/$defs/address' },
      contactMethod: { type: 'string', enum: ['phone', 'email'] },
      phone: { type: 'string' },
      email: { type: 'string' },
    },
    allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
    if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { required: ['phone'] },
    else: { required: ['email'] },
  })

const place = { region: z.string().describe('Where to look').meta({ 'x-mcp-header': 'Region' }) }

/** Registers tools whose input schema says more than types. */
export function registerSchemaTools(server: McpServer): void {
  server.registerTool(
    'json_schema_2020_12_tool',
    { description: 'Takes a contact, described in JSON Schema 2020-12', inputSchema: contact },
    async (given) => text(JSON.stringify(given)),
  )

  server.registerTool(
    'test_x_mcp_header',
    { description: 'Takes a region that clients repeat in a header', inputSchema: place },
    async ({ region }) => text(region),
  )
}
