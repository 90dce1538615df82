import { isObject } from './objects.ts'
import { at, type OpenApiDocument, UnusablePart } from './openapi-document.ts'

/**
 * Who fills in a property of a request: the API (`readOnly`), the MCP server (`x-mcp-exclude`), or its
 * caller.
 */
export function fillsIn(document: OpenApiDocument, schema: unknown): 'api' | 'server' | 'caller' {
  if (!isObject(schema)) return 'caller'
  if (schema['x-mcp-exclude']) return 'server'
  if (schema.readOnly === true) return 'api'
  return 'allOf' in schema || '$ref' in schema ? fillsInBehind(document, schema) : 'caller'
}

function fillsInBehind(document: OpenApiDocument, schema: unknown): 'api' | 'server' | 'caller' {
  for (const part of partsOf(document, schema, ['allOf'])) {
    if (part['x-mcp-exclude']) return 'server'
    if (part.readOnly === true) return 'api'
  }
  return 'caller'
}

/** Names of properties that a caller does not fill in, in a schema and what applies to the same value. */
export function ownedNames(
  document: OpenApiDocument,
  schema: Record<string, unknown>,
  outer: ReadonlySet<string>,
): ReadonlySet<string> {
  const isAlone = !('allOf' in schema || 'anyOf' in schema || 'oneOf' in schema)
  if (isAlone && !isObject(schema.properties)) return outer
  const names = new Set(outer)
  const parts = isAlone ? [schema] : partsOf(document, schema, ['allOf', 'anyOf', 'oneOf'])
  for (const { properties } of parts) {
    for (const [name, one] of isObject(properties) ? Object.entries(properties) : []) {
      if (fillsIn(document, one) !== 'caller') names.add(name)
    }
  }
  return names
}

/** The properties of a schema and of what applies to the same value. */
export function propertiesOf(document: OpenApiDocument, schema: unknown): [string, unknown][] {
  return [...partsOf(document, schema, ['allOf', 'anyOf', 'oneOf'])].flatMap(({ properties }) =>
    isObject(properties) ? Object.entries(properties) : [],
  )
}

const MOST_PARTS = 200

/** A schema, and those that apply to the same value by some keywords. */
export function* partsOf(
  document: OpenApiDocument,
  start: unknown,
  keywords: string[],
): Generator<Record<string, unknown>> {
  const seen = new Set([start])
  for (const part of seen) {
    if (!isObject(part) || seen.size > MOST_PARTS) continue
    yield part
    if (typeof part.$ref === 'string') seen.add(behind(document, part.$ref))
    for (const keyword of keywords) {
      const branches = part[keyword]
      for (const branch of Array.isArray(branches) ? branches : []) seen.add(branch)
    }
  }
}

// what a reference misses is told of where it is written
function behind(document: OpenApiDocument, pointer: string): unknown {
  try {
    return at(document, pointer)
  } catch (error) {
    if (error instanceof UnusablePart) return undefined
    throw error
  }
}
