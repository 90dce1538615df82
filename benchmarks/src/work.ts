/** One kind of request, and the server that it is asked of. */
export interface Work {
  method: 'initialize' | 'server/discover' | 'tools/list' | 'tools/call'
  era: 'legacy' | 'modern'
  /** How many tools the server registers. */
  tools: number
  /** Where the schemas of its tools are built. */
  schemas: 'module' | 'factory'
}

const ERAS = ['modern', 'legacy'] as const

/** Everything that is measured. */
export const WORKS: readonly Work[] = [
  { method: 'server/discover', era: 'modern', tools: 1, schemas: 'module' },
  { method: 'initialize', era: 'legacy', tools: 1, schemas: 'module' },
  ...ERAS.flatMap((era): Work[] => [
    { method: 'tools/call', era, tools: 1, schemas: 'module' },
    { method: 'tools/call', era, tools: 20, schemas: 'module' },
    { method: 'tools/call', era, tools: 1, schemas: 'factory' },
    { method: 'tools/call', era, tools: 20, schemas: 'factory' },
    { method: 'tools/list', era, tools: 1, schemas: 'module' },
    { method: 'tools/list', era, tools: 20, schemas: 'module' },
    { method: 'tools/list', era, tools: 100, schemas: 'module' },
    { method: 'tools/list', era, tools: 20, schemas: 'factory' },
  ]),
]

/** A stable name: `tools/call 1 module modern`. */
export const nameOf = ({ method, tools, schemas, era }: Work): string =>
  `${method} ${tools} ${schemas} ${era}`

const PREFIX = 'io.modelcontextprotocol/'
const CLIENT = { name: 'bench', version: '1.0.0' }
const MODERN_META = {
  [`${PREFIX}protocolVersion`]: '2026-07-28',
  [`${PREFIX}clientCapabilities`]: {},
  [`${PREFIX}clientInfo`]: CLIENT,
}

/** The HTTP request of some work. */
export function requestOf({ method, era }: Work): { headers: Record<string, string>; body: string } {
  const isCall = method === 'tools/call'
  const params = {
    ...(isCall && { name: 'echo', arguments: { text: 'hello' } }),
    ...(method === 'initialize' && { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: CLIENT }),
    ...(era === 'modern' && { _meta: MODERN_META }),
  }
  const named = method !== 'initialize'
  return {
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(named && { 'mcp-protocol-version': era === 'modern' ? '2026-07-28' : '2025-11-25' }),
      ...(era === 'modern' && { 'mcp-method': method, ...(isCall && { 'mcp-name': 'echo' }) }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  }
}

/** The request that opens a stream of changes. */
export function listenRequest(): { headers: Record<string, string>; body: string } {
  const method = 'subscriptions/listen'
  const params = { notifications: { toolsListChanged: true }, _meta: MODERN_META }
  return {
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  }
}

/** The result in a JSON body or an event stream; throws if it is missing. */
export function resultOf(answer: string): unknown {
  const data = answer.split('\n').find((line) => line.startsWith('data: {'))
  const { result } = JSON.parse(data?.slice('data: '.length) ?? answer)
  if (result === undefined) throw new Error(`No result: ${answer.slice(0, 200)}`)
  return result
}
