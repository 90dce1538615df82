import { isObject } from './objects.ts'
import { findPointer, type OpenApiDocument, UnusablePart } from './openapi-document.ts'

/** Finds who fills in a property of a request: the API (`readOnly`), the MCP server (`x-mcp-exclude`), or its caller. */
export function findOwner(document: OpenApiDocument, schema: unknown): 'api' | 'server' | 'caller' {
  if (!isObject(schema)) return 'caller'
  if (schema['x-mcp-exclude']) return 'server'
  if (schema.readOnly === true) return 'api'
  return 'allOf' in schema || '$ref' in schema ? findReferencedOwner(document, schema) : 'caller'
}

function findReferencedOwner(document: OpenApiDocument, schema: unknown): 'api' | 'server' | 'caller' {
  for (const part of walkParts(document, schema, ['allOf'])) {
    if (part['x-mcp-exclude']) return 'server'
    if (part.readOnly === true) return 'api'
  }
  return 'caller'
}

/**
 * Lists the names of properties that the caller does not fill in, of a schema and of the schemas that apply to the same
 * value.
 */
export function listOwnedNames(
  document: OpenApiDocument,
  schema: Record<string, unknown>,
  outer: ReadonlySet<string>,
): ReadonlySet<string> {
  const isAlone = !('allOf' in schema || 'anyOf' in schema || 'oneOf' in schema)
  if (isAlone && !isObject(schema.properties)) return outer
  const names = new Set(outer)
  const parts = isAlone ? [schema] : walkParts(document, schema, ['allOf', 'anyOf', 'oneOf'])
  for (const { properties } of parts) {
    for (const [name, one] of isObject(properties) ? Object.entries(properties) : []) {
      if (findOwner(document, one) !== 'caller') names.add(name)
    }
  }
  return names
}

/** Lists the properties of a schema and of the schemas that apply to the same value. */
export function listProperties(document: OpenApiDocument, schema: unknown): [string, unknown][] {
  return [...walkParts(document, schema, ['allOf', 'anyOf', 'oneOf'])].flatMap(({ properties }) =>
    isObject(properties) ? Object.entries(properties) : [],
  )
}

const MAX_PARTS = 200

/** Walks through a schema and those that apply to the same value, by references and the given keywords. */
export function* walkParts(
  document: OpenApiDocument,
  start: unknown,
  keywords: string[],
): Generator<Record<string, unknown>> {
  const seen = new Set([start])
  for (const part of seen) {
    if (!isObject(part) || seen.size > MAX_PARTS) continue
    yield part
    if (typeof part.$ref === 'string') seen.add(tryFind(document, part.$ref))
    for (const keyword of keywords) {
      const branches = part[keyword]
      for (const branch of Array.isArray(branches) ? branches : []) seen.add(branch)
    }
  }
}

// A broken reference is reported where the schema is written.
function tryFind(document: OpenApiDocument, pointer: string): unknown {
  try {
    return findPointer(document, pointer)
  } catch (error) {
    if (error instanceof UnusablePart) return undefined
    throw error
  }
}
