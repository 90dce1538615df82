import { isObject } from './json-rpc.ts'

const ANNOTATION = 'x-mcp-header'
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/
const DECIMAL = /^-?\d+(\.\d+)?$/
const SENTINEL = /^=\?base64\?(.*)\?=$/s
const MIRRORED_TYPES: readonly unknown[] = ['string', 'integer', 'boolean']

/** A tool argument that the client mirrors into an `Mcp-Param-*` header. */
export interface ParamHeader {
  header: string
  path: string[]
  type: unknown
}

/**
 * Reads the `x-mcp-header` declarations of an input schema (2026-07-28 Streamable HTTP, "Schema
 * Extension"). One that is not valid declares nothing: clients do not list such a tool.
 */
export function readParamHeaders(schema: unknown, path: string[] = []): ParamHeader[] {
  if (!isObject(schema)) return []
  const { [ANNOTATION]: name, type, properties } = schema
  const isValid =
    path.length > 0 && typeof name === 'string' && TOKEN.test(name) && MIRRORED_TYPES.includes(type)
  const nested = Object.entries(isObject(properties) ? properties : {}).flatMap(([property, schema]) =>
    readParamHeaders(schema, [...path, property]),
  )
  return isValid ? [{ header: `Mcp-Param-${name}`, path, type }, ...nested] : nested
}

/** What is read of a schema of zod 4. It is the user's zod, of which core has no copy. */
interface Zod4 {
  _zod: { def: { type: string; innerType?: unknown; shape?: object }; toJSONSchema?: unknown }
  meta?: () => object | undefined
}

/** Whether a schema certainly declares none, which is seen sooner than its JSON Schema is made. */
export function declaresNoHeader(schema: unknown): boolean {
  if (!isObject(schema)) return schema === undefined
  if (!('_zod' in schema)) return false
  const { _zod, meta } = schema as unknown as Zod4
  // zod mini has no method that tells what was registered of a schema
  if (_zod.toJSONSchema || !meta || ANNOTATION in (meta.call(schema) ?? {})) return false
  const { type, innerType, shape } = _zod.def
  if (BARE.has(type)) return true
  if (WRAPPERS.has(type)) return declaresNoHeader(innerType)
  return type === 'object' && Object.values(shape ?? {}).every(declaresNoHeader)
}

// what is in an array is not mirrored
const BARE = new Set(['string', 'number', 'boolean', 'enum', 'literal', 'array', 'null', 'any', 'unknown'])
const WRAPPERS = new Set(['optional', 'nullable', 'default', 'prefault', 'readonly'])

/** Whether the header of a mirrored argument says what the argument says. */
export function agreesOnParam(headers: Headers, { header, path, type }: ParamHeader, args: unknown): boolean {
  const value = path.reduce(memberOf, args)
  if (value === undefined || value === null) return true
  const sent = decodeHeaderValue(headers.get(header))
  return sent === String(value) || (type === 'integer' && DECIMAL.test(sent ?? '') && Number(sent) === value)
}

const memberOf = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined

/**
 * The text of a mirrored header: literal, or UTF-8 in base64 between `=?base64?` and `?=`.
 *
 * @returns null where there is no header, or the sentinel holds no valid base64 of UTF-8.
 */
export function decodeHeaderValue(value: string | null): string | null {
  const encoded = SENTINEL.exec(value ?? '')?.[1]
  if (encoded === undefined) return value
  try {
    const binary = atob(encoded)
    // `atob` forgives what base64 does not allow
    if (btoa(binary) !== encoded) return null
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
