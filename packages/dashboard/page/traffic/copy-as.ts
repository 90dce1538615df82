import type { Exchange } from '../../src/exchange.ts'
import { place } from '../place.ts'
import type { Reading } from './read-exchange.ts'

/** Headers that are sent again; the others belong to the connection. */
const REPEATED = /^(?:accept|content-type|mcp-(?!session-id).*)$/

/** Writes a recorded request as a command. Tokens and session ids are variables in it. */
export function toCurl({ headers, request }: Exchange): string {
  const shown = Object.entries(headers).filter(([name]) => REPEATED.test(name))
  return [
    `curl -sS ${quote(place.endpoint)}`,
    ...shown.map(([name, value]) => `  -H ${quote(`${name}: ${value}`)}`),
    ...(headers.authorization ? ['  -H "authorization: Bearer $MCP_TOKEN"'] : []),
    ...(headers['mcp-session-id'] ? ['  -H "mcp-session-id: $MCP_SESSION_ID"'] : []),
    `  --data-raw ${quote(request.text)}`,
  ].join(' \\\n')
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

interface Message {
  method: string
  params: Record<string, any>
}

/** Writes a recorded request as a program with the official client. */
export function toClientCall(reading: Reading): string {
  const message = readMessage(reading)
  const isModern = reading.era === '2026'
  const imports = isModern
    ? [`import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'`]
    : [
        `import { Client } from '@modelcontextprotocol/sdk/client/index.js'`,
        `import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'`,
      ]
  const options = isModern ? `, { versionNegotiation: { mode: { pin: '2026-07-28' } } }` : ''
  return [
    ...imports,
    '',
    `const client = new Client({ name: 'example', version: '1.0.0' }${options})`,
    `await client.connect(new StreamableHTTPClientTransport(new URL(${write(place.endpoint)})))`,
    `console.log(await client.${writeCall(message)})`,
    'await client.close()',
    '',
  ].join('\n')
}

const CALLS: Record<string, string> = {
  'tools/call': 'callTool',
  'tools/list': 'listTools',
  'prompts/get': 'getPrompt',
  'prompts/list': 'listPrompts',
  'resources/read': 'readResource',
  'resources/list': 'listResources',
  'resources/templates/list': 'listResourceTemplates',
  'completion/complete': 'complete',
  ping: 'ping',
}

function writeCall({ method, params }: Message): string {
  const name = CALLS[method]
  const hasParams = Object.keys(params).length > 0
  if (name) return `${name}(${hasParams ? write(params) : ''})`
  return `request(${write({ method, params })}, { parse: (result: unknown) => result } as never)`
}

/** Writes a recorded request as a case for `@portico-mcp/audits`, which expects a result or the recorded error. */
export function toAuditCase(reading: Reading): string {
  const { method, params } = readMessage(reading)
  const era = reading.era === '2026' ? 'modern' : 'legacy'
  const words = [method, reading.name].filter(Boolean).join(' ')
  const last = reading.messages.at(-1) as { error?: { code: number } } | undefined
  const expected = last?.error ? `error?.code !== ${last.error.code}` : 'error || result === undefined'
  return [
    `import { type Audit, runAudit } from '@portico-mcp/audits'`,
    '',
    'const audit: Audit = {',
    `  id: ${write(`${era}/recorded/${words.replace(/[^\w]+/g, '-')}`)},`,
    `  section: 'Recorded',`,
    `  level: 'MUST',`,
    `  layer: 'protocol',`,
    `  era: '${era}',`,
    `  title: ${write(`answers ${words} as recorded`)},`,
    '  async run(client) {',
    `    const { messages } = await client.${era}(${write(method)}, ${write(params)})`,
    '    const { result, error } = messages.at(-1) ?? {}',
    `    if (${expected}) throw new Error(JSON.stringify(messages))`,
    '  },',
    '}',
    '',
    `console.log(await runAudit(audit, { url: ${write(place.endpoint)}, fetch }))`,
    '',
  ].join('\n')
}

/** Reads a request without the parts that a client adds itself. */
function readMessage({ request }: Reading): Message {
  const { method, params = {} } = [request].flat()[0] as { method: string; params?: Record<string, any> }
  const { _meta: _, ...others } = params
  return { method: String(method), params: others }
}

const write = (value: unknown): string => JSON.stringify(value, null, 2)
