import type { JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import type { Envelope } from './envelope.ts'
import { isObject } from './json-rpc.ts'
import { agreeOnParam, decodeHeaderValue, type ParamHeader } from './param-headers.ts'
import { Refusal } from './refusal.ts'
import { MODERN_VERSIONS } from './versions.ts'

/** Where a method's `Mcp-Name` comes from. */
const NAME_PARAM: Record<string, 'name' | 'uri'> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
}

/** Makes sure that the headers say what the body says, and that the revision is served. */
export function agree(headers: Headers, message: JSONRPCRequest, envelope: Envelope): void {
  agreeOn(headers, 'MCP-Protocol-Version', envelope.protocolVersion)
  if (!MODERN_VERSIONS.includes(envelope.protocolVersion)) throw unsupportedVersion(envelope.protocolVersion)
  agreeOn(headers, 'Mcp-Method', message.method)
  agreeOnName(headers, message)
}

/** The refusal of a revision that is not served, naming those that are. */
export function unsupportedVersion(requested: string): Refusal {
  return new Refusal(
    'unsupported-version',
    `Protocol version not served; served: ${MODERN_VERSIONS.join(', ')}`,
    {
      data: { supported: MODERN_VERSIONS, requested },
    },
  )
}

function agreeOn(headers: Headers, name: string, expected: string): void {
  const value = headers.get(name)
  if (value === null) throw mismatch(`the ${name} header is missing`)
  if (value !== expected) throw mismatch(`the ${name} header does not match the body`)
}

function agreeOnName(headers: Headers, message: JSONRPCRequest): void {
  const param = NAME_PARAM[message.method]
  if (param === undefined) return
  const header = headers.get('Mcp-Name')
  const expected = message.params?.[param]
  if (typeof expected !== 'string') {
    if (header === null) throw new Refusal('invalid-params', `Invalid params: params.${param} is required`)
    throw mismatch(`the Mcp-Name header has no params.${param} to match`)
  }
  if (header === null) throw mismatch('the Mcp-Name header is missing')
  if (decodeHeaderValue(header) !== expected)
    throw mismatch(`the Mcp-Name header does not match params.${param}`)
}

/** Makes sure that every mirrored argument of a tool call has its header, and the same value. */
export async function agreeOnArguments(
  headers: Headers,
  { params }: JSONRPCRequest,
  paramHeaders: (tool: string) => Promise<readonly ParamHeader[]>,
): Promise<void> {
  const args = params?.arguments
  if (!isObject(args) || Object.keys(args).length === 0) return
  for (const declared of await paramHeaders(String(params?.name))) {
    const problem = agreeOnParam(headers, declared, args)
    if (problem !== undefined) throw mismatch(problem)
  }
}

function mismatch(problem: string): Refusal {
  return new Refusal('header-mismatch', `Header mismatch: ${problem}`)
}
