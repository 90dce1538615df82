import { isObject } from '../utils/type-guards.ts'

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

/**
 * Whether the schema of a tool's arguments certainly declares none, which is seen sooner than its JSON Schema is
 * made. A declaration on the arguments themselves means nothing. The SDK makes them an object of zod mini, which
 * does not say what is registered of it.
 */
export const declaresNoHeader = (schema: unknown): boolean =>
  schema === undefined || (isZod4(schema) && holdsNone(schema))

/** Whether neither a schema nor what is in it declares a header. */
function isBare(schema: unknown): boolean {
  if (schema === undefined) return true
  // zod mini has no method that tells what was registered of a schema
  if (!isZod4(schema) || !schema.meta) return false
  return !(ANNOTATION in (schema.meta() ?? {})) && holdsNone(schema)
}

const isZod4 = (schema: unknown): schema is Zod4 => isObject(schema) && '_zod' in schema

function holdsNone({ _zod: { def, toJSONSchema } }: Zod4): boolean {
  if (toJSONSchema) return false
  const { type, innerType, shape } = def
  if (BARE.has(type)) return true
  if (WRAPPERS.has(type)) return isBare(innerType)
  return type === 'object' && Object.values(shape ?? {}).every(isBare)
}

// what is in an array is not mirrored
const BARE = new Set(['string', 'number', 'boolean', 'enum', 'literal', 'array', 'null', 'any', 'unknown'])
const WRAPPERS = new Set(['optional', 'nullable', 'default', 'prefault', 'readonly'])

/** Whether the header of a mirrored argument says what the argument says. */
export function agreesOnParam(headers: Headers, { header, path, type }: ParamHeader, args: unknown): boolean {
  const value = path.reduce(readMember, args)
  if (value === undefined || value === null) return true
  const sent = decodeHeaderValue(headers.get(header))
  return sent === String(value) || (type === 'integer' && DECIMAL.test(sent ?? '') && Number(sent) === value)
}

const readMember = (value: unknown, name: string): unknown =>
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
