import { type Audit, must, should } from '../../audit.ts'
import { callTool } from '../../call.ts'
import type { Changes, Client } from '../../client.ts'
import { errorOf, expect, expectEqual, isObject, resultOf, textOf, toolResultOf } from '../../expect.ts'
import { sentinel } from '../../header-value.ts'
import { listOf } from '../../offers.ts'
import type { Json, Reply } from '../../reply.ts'

type Id = `modern/param-headers/${string}`

function mirror(client: Client, args: Json, headers: Changes<string>): Promise<Reply> {
  return callTool(client, 'audit_mirror', args, { headers })
}

function takes(id: Id, section: string, title: string, args: Json, headers: Changes<string>): Audit {
  return must(id, section, title, async (client) => {
    const result = toolResultOf(await mirror(client, args, headers))
    expectEqual(JSON.parse(textOf(result)), args, 'the arguments')
  })
}

function refuses(id: Id, section: string, title: string, args: Json, headers: Changes<string>): Audit {
  return must(id, section, title, async (client) => {
    errorOf(await mirror(client, args, headers), 400, -32020)
  })
}

const REGION = 'mcp-param-region'
const COUNT = 'mcp-param-count'
const URGENT = 'mcp-param-urgent'
const SITE = 'mcp-param-site'

export const paramHeaders: Audit[] = [
  takes(
    'modern/param-headers/string',
    'A5.6',
    'takes a mirrored string',
    { region: 'eu' },
    { [REGION]: 'eu' },
  ),
  refuses(
    'modern/param-headers/missing',
    'A5.6',
    'refuses an argument whose header is missing',
    { region: 'eu' },
    {},
  ),
  refuses(
    'modern/param-headers/other',
    'A5.6',
    'refuses another value',
    { region: 'eu' },
    { [REGION]: 'us' },
  ),
  refuses(
    'modern/param-headers/case',
    'A4.5',
    'compares case-sensitively',
    { region: 'eu' },
    { [REGION]: 'EU' },
  ),
  takes(
    'modern/param-headers/base64',
    'A4.6',
    'decodes a value in the base64 sentinel',
    { region: 'Zürich' },
    { [REGION]: sentinel('Zürich') },
  ),
  refuses(
    'modern/param-headers/base64-other',
    'A4.6',
    'compares after decoding',
    { region: 'Zürich' },
    { [REGION]: sentinel('Zurich') },
  ),
  refuses(
    'modern/param-headers/base64-padding',
    'A4.7',
    'refuses base64 without its padding',
    { region: 'eu' },
    { [REGION]: '=?base64?ZXU?=' },
  ),
  refuses(
    'modern/param-headers/base64-alphabet',
    'A5.8',
    'refuses characters that are not base64',
    { region: 'eu' },
    { [REGION]: '=?base64?Z*U=?=' },
  ),
  takes(
    'modern/param-headers/half-sentinel',
    'A4.6',
    'takes half a sentinel literally',
    { region: '=?base64?ZXU=' },
    { [REGION]: '=?base64?ZXU=' },
  ),
  takes('modern/param-headers/empty', 'A5.6', 'takes an empty value', { region: '' }, { [REGION]: '' }),
  takes(
    'modern/param-headers/absent',
    'A5.7',
    'asks no header of an argument that is not there',
    { plain: 'x' },
    {},
  ),
  must('modern/param-headers/null', 'A5.7', 'asks no header of an argument that is null', async (client) => {
    resultOf(await mirror(client, { region: null }, {}))
  }),
  takes('modern/param-headers/integer', 'A5.6', 'takes a mirrored integer', { count: 42 }, { [COUNT]: '42' }),
  takes(
    'modern/param-headers/negative',
    'A5.6',
    'takes a negative integer',
    { count: -7 },
    { [COUNT]: '-7' },
  ),
  should(
    'modern/param-headers/integer-numeric',
    'A5.6',
    'compares integers as numbers: 42.0 is 42',
    async (client) => {
      toolResultOf(await mirror(client, { count: 42 }, { [COUNT]: '42.0' }))
    },
  ),
  refuses(
    'modern/param-headers/integer-other',
    'A5.6',
    'refuses another integer',
    { count: 42 },
    { [COUNT]: '43' },
  ),
  refuses(
    'modern/param-headers/integer-text',
    'A5.8',
    'refuses text for an integer',
    { count: 42 },
    { [COUNT]: 'x' },
  ),
  refuses(
    'modern/param-headers/integer-hex',
    'A5.8',
    'refuses 0x2a for 42',
    { count: 42 },
    { [COUNT]: '0x2a' },
  ),
  refuses(
    'modern/param-headers/integer-empty',
    'A5.8',
    'refuses an empty value for 0',
    { count: 0 },
    { [COUNT]: '' },
  ),
  refuses(
    'modern/param-headers/string-of-digits',
    'A5.6',
    'compares strings as strings: 042 is not 42',
    { region: '42' },
    { [REGION]: '042' },
  ),
  takes('modern/param-headers/true', 'A5.6', 'takes a mirrored true', { urgent: true }, { [URGENT]: 'true' }),
  takes(
    'modern/param-headers/false',
    'A5.6',
    'takes a mirrored false',
    { urgent: false },
    { [URGENT]: 'false' },
  ),
  refuses(
    'modern/param-headers/boolean-case',
    'A5.6',
    'refuses True for true',
    { urgent: true },
    { [URGENT]: 'True' },
  ),
  refuses(
    'modern/param-headers/boolean-missing',
    'A5.6',
    'asks for the header of false too',
    { urgent: false },
    {},
  ),
  takes(
    'modern/param-headers/nested',
    'A5.4',
    'takes a mirrored property of an object',
    { place: { site: 'north' } },
    { [SITE]: 'north' },
  ),
  refuses(
    'modern/param-headers/nested-missing',
    'A5.4',
    'refuses a nested property whose header is missing',
    { place: { site: 'north' } },
    {},
  ),
  refuses(
    'modern/param-headers/nested-other',
    'A5.4',
    'refuses another value of a nested property',
    { place: { site: 'north' } },
    { [SITE]: 'south' },
  ),
  refuses(
    'modern/param-headers/one-of-several',
    'A5.6',
    'checks every mirrored argument, not only the first',
    { region: 'eu', count: 2, urgent: true },
    { [REGION]: 'eu', [COUNT]: '2', [URGENT]: 'false' },
  ),
  takes(
    'modern/param-headers/unknown',
    'A4.10',
    'ignores a header that no tool declares',
    { plain: 'x' },
    {
      'mcp-param-audit-unknown': '=?base64?*?=',
    },
  ),
  must(
    'modern/param-headers/declarations',
    'A5.2',
    'declares headers that are tokens, once each, on fit types',
    async (client) => {
      for (const { name, inputSchema } of await listOf(client, 'modern', 'tools')) {
        const declared = declarationsOf(inputSchema)
        const seen = declared.map(({ header }) => header.toLowerCase())
        expectEqual(new Set(seen).size, seen.length, `the number of headers of ${name}`)
        for (const { header, type } of declared) {
          expect(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(header), `a token on ${name}`, header)
          expect(['string', 'integer', 'boolean'].includes(type), `a fit type on ${name}`, type)
        }
      }
    },
  ),
]

function declarationsOf(schema: unknown): { header: string; type: string }[] {
  if (!isObject(schema)) return []
  const { 'x-mcp-header': header, type, properties } = schema
  return [
    ...(header === undefined ? [] : [{ header: String(header), type: String(type) }]),
    ...(isObject(properties) ? Object.values(properties).flatMap(declarationsOf) : []),
  ]
}
