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
 * Extension"). If one is not valid, there are none, since clients do not list such a tool.
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

/** The internals of a zod 4 schema that are read. Core imports no zod: the schema is of the user's. */
interface Zod4 {
  _zod: { def: { type: string; innerType?: unknown; shape?: object }; toJSONSchema?: unknown }
  meta?: () => object | undefined
}

/**
 * Whether the schema of a tool's arguments certainly declares none. Reading the zod schema is faster than converting it to
 * JSON Schema. A declaration on the arguments object itself has no effect, and the SDK creates that object with zod mini,
 * which does not show its registered metadata.
 */
export const declaresNoHeader = (schema: unknown): boolean =>
  schema === undefined || (isZod4(schema) && holdsNone(schema))

/** Whether neither a schema nor what is in it declares a header. */
function isBare(schema: unknown): boolean {
  if (schema === undefined) return true
  // zod mini has no method that returns the registered metadata of a schema.
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

// The elements of an array are not mirrored.
const BARE = new Set(['string', 'number', 'boolean', 'enum', 'literal', 'array', 'null', 'any', 'unknown'])
const WRAPPERS = new Set(['optional', 'nullable', 'default', 'prefault', 'readonly'])

/** Whether the header of a mirrored argument has the value of the argument. */
export function agreesOnParam(headers: Headers, { header, path, type }: ParamHeader, args: unknown): boolean {
  const value = path.reduce(readMember, args)
  if (value === undefined || value === null) return true
  const sent = decodeHeaderValue(headers.get(header))
  return sent === String(value) || (type === 'integer' && DECIMAL.test(sent ?? '') && Number(sent) === value)
}

const readMember = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined

/**
 * Decodes a mirrored header: literal text, or UTF-8 in base64 between `=?base64?` and `?=`.
 *
 * @returns null if there is no header, or the encoded text is not valid base64 of UTF-8.
 */
export function decodeHeaderValue(value: string | null): string | null {
  const encoded = SENTINEL.exec(value ?? '')?.[1]
  if (encoded === undefined) return value
  try {
    const binary = atob(encoded)
    // `atob` accepts white space and missing padding, which base64 does not allow.
    if (btoa(binary) !== encoded) return null
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
