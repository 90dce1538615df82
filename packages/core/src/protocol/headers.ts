import type { JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import { headerMismatch, invalidParams, Refusal } from '../http/errors.ts'
import { isObject, isPromise, type MaybePromise } from '../utils/type-guards.ts'
import type { Envelope } from './envelope.ts'
import { agreesOnParam, decodeHeaderValue, type ParamHeader } from './param-headers.ts'
import { MODERN_VERSIONS } from './versions.ts'

/** The param that the `Mcp-Name` header of each method repeats. */
const NAME_PARAM = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
])

/**
 * Makes sure that the headers agree with the body, and that the revision is served (2026-07-28 Streamable HTTP).
 *
 * @param nameParam - The param that `Mcp-Name` repeats.
 * @throws Refusal `header-mismatch`, `unsupported-version`; `invalid-params` if the param is missing as well.
 */
export function checkHeaders(
  headers: Headers,
  { method, params }: JSONRPCRequest,
  { protocolVersion }: Envelope,
  nameParam: string | undefined = NAME_PARAM.get(method),
): void {
  checkHeader(headers, 'MCP-Protocol-Version', protocolVersion)
  if (!MODERN_VERSIONS.includes(protocolVersion)) throw unsupportedVersion(protocolVersion)
  checkHeader(headers, 'Mcp-Method', method)

  if (nameParam === undefined) return
  const name = params?.[nameParam]
  if (typeof name !== 'string' && !headers.has('Mcp-Name'))
    throw invalidParams(`params.${nameParam} is required`)
  checkHeader(headers, 'Mcp-Name', name, decodeHeaderValue)
}

/** Creates the refusal of a revision that is not served; it names the revisions that are. */
export const unsupportedVersion = (requested: unknown): Refusal =>
  new Refusal('unsupported-version', `Unsupported protocol version (served: ${MODERN_VERSIONS.join(', ')})`, {
    data: { supported: MODERN_VERSIONS, requested },
  })

/** Makes sure that every mirrored argument of a tool call has its header, and the same value. */
export function checkParamHeaders(
  headers: Headers,
  { params }: JSONRPCRequest,
  paramHeaders: (tool: string) => MaybePromise<readonly ParamHeader[]>,
): MaybePromise<void> {
  const args = params?.arguments
  if (!isObject(args) || Object.keys(args).length === 0) return
  const check = (declared: readonly ParamHeader[]): void => {
    for (const param of declared) {
      if (!agreesOnParam(headers, param, args)) throw mismatch(headers, param.header)
    }
  }
  const declared = paramHeaders(String(params?.name))
  return isPromise(declared) ? declared.then(check) : check(declared)
}

function checkHeader(
  headers: Headers,
  name: string,
  expected: unknown,
  decode?: (value: string | null) => string | null,
): void {
  const value = headers.get(name)
  if (value === expected && !(decode && value?.startsWith(ENCODED))) return
  if (!decode || decode(value) !== expected) throw mismatch(headers, name)
}

// The beginning of an encoded value (2026-07-28 Streamable HTTP, "Value Encoding").
const ENCODED = '=?'

const mismatch = (headers: Headers, name: string): Refusal =>
  headerMismatch(`The ${name} header ${headers.has(name) ? 'does not match the body' : 'is missing'}`)
