import { type Audit, should } from '../../audit.ts'
import { getToolResult } from '../../expect.ts'
import { mirror, refuses, takes } from '../../mirror.ts'

const REGION = 'mcp-param-region'
const COUNT = 'mcp-param-count'
const URGENT = 'mcp-param-urgent'
const SITE = 'mcp-param-site'

export const paramTypes: Audit[] = [
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
      getToolResult(await mirror(client, { count: 42 }, { [COUNT]: '42.0' }))
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
]
