import { type Audit, must } from '../../audit.ts'
import { expect, expectEqual, getResult, isObject } from '../../expect.ts'
import { sentinel } from '../../header-value.ts'
import { mirror, refuses, takes } from '../../mirror.ts'
import { readList } from '../../offers.ts'

const REGION = 'mcp-param-region'

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
    getResult(await mirror(client, { region: null }, {}))
  }),
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
      for (const { name, inputSchema } of await readList(client, 'modern', 'tools')) {
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
