import { isObject } from './json-rpc.ts'

const ANNOTATION = 'x-mcp-header'
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const DECIMAL = /^-?\d+(\.\d+)?$/
const SENTINEL = /^=\?base64\?(.*)\?=$/s
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const MIRRORED_TYPES: readonly unknown[] = ['string', 'integer', 'boolean']

/** A tool argument that the client mirrors into an `Mcp-Param-*` header. */
export interface ParamHeader {
  header: string
  path: string[]
  type: 'string' | 'integer' | 'boolean'
}

/** What a tool's input schema mirrors, or why clients will not list the tool. */
export type ParamHeaders = { declared: ParamHeader[]; problem?: string }

/** Reads the `x-mcp-header` declarations of an input schema (2026-07-28 Streamable HTTP, "Schema Extension"). */
export function readParamHeaders(inputSchema: unknown): ParamHeaders {
  const declared: ParamHeader[] = []
  const problem = collect(inputSchema, [], true, declared)
  return problem === undefined ? { declared } : { declared: [], problem }
}

// keywords whose value is no schema
const DATA: readonly string[] = ['const', 'enum', 'default', 'examples']

function collect(
  schema: unknown,
  path: string[],
  reachable: boolean,
  declared: ParamHeader[],
): string | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined
  const problem = ANNOTATION in schema ? declare(schema, path, reachable, declared) : undefined
  if (problem !== undefined) return problem
  for (const [keyword, value] of Object.entries(schema)) {
    if (DATA.includes(keyword)) continue
    const problem =
      keyword === 'properties' && isObject(value)
        ? collectProperties(value, path, reachable, declared)
        : collect(value, path, false, declared)
    if (problem !== undefined) return problem
  }
  return undefined
}

function collectProperties(
  properties: Record<string, unknown>,
  path: string[],
  reachable: boolean,
  declared: ParamHeader[],
): string | undefined {
  for (const [name, property] of Object.entries(properties)) {
    const problem = collect(property, [...path, name], reachable, declared)
    if (problem !== undefined) return problem
  }
  return undefined
}

function declare(
  schema: { [ANNOTATION]?: unknown; type?: unknown },
  path: string[],
  reachable: boolean,
  declared: ParamHeader[],
): string | undefined {
  const name = schema[ANNOTATION]
  const at = path.join('.')
  if (!reachable || path.length === 0) return `${ANNOTATION} stands where properties alone do not lead`
  if (typeof name !== 'string' || !TOKEN.test(name)) return `${ANNOTATION} of ${at} is not an HTTP token`
  if (!MIRRORED_TYPES.includes(schema.type))
    return `${ANNOTATION} of ${at} is not on a string, integer or boolean`
  const header = `Mcp-Param-${name}`
  if (declared.some((other) => other.header.toLowerCase() === header.toLowerCase())) {
    return `${ANNOTATION} ${name} is declared twice`
  }
  declared.push({ header, path, type: schema.type as ParamHeader['type'] })
  return undefined
}

/** How the header of a mirrored argument disagrees with the argument; undefined if it does not. */
export function agreeOnParam(
  headers: Headers,
  { header, path, type }: ParamHeader,
  args: unknown,
): string | undefined {
  const value = valueAt(args, path)
  if (value === undefined || value === null) return undefined
  const sent = headers.get(header)
  if (sent === null) return `the ${header} header is missing`
  if (equal(decodeHeaderValue(sent), value, type)) return undefined
  return `the ${header} header does not match the argument ${path.join('.')}`
}

function valueAt(args: unknown, path: string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    args,
  )
}

function equal(sent: string | undefined, value: unknown, type: ParamHeader['type']): boolean {
  if (sent === undefined) return false
  if (type === 'integer' && typeof value === 'number' && DECIMAL.test(sent)) return Number(sent) === value
  return sent === String(value)
}

/**
 * The text of a mirrored header: literal, or UTF-8 in base64 between `=?base64?` and `?=`.
 *
 * @returns undefined where the sentinel holds no valid base64 of UTF-8.
 */
export function decodeHeaderValue(value: string): string | undefined {
  const encoded = SENTINEL.exec(value)?.[1]
  if (encoded === undefined) return value
  if (!BASE64.test(encoded)) return undefined
  try {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
