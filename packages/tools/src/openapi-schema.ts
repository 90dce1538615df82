import type { JsonObjectSchema } from './json-schema.ts'
import { isObject } from './objects.ts'
import { at, type OpenApiDocument } from './openapi-document.ts'

/** An argument of a tool. */
export interface SchemaOfArgument {
  name: string
  schema: unknown
  description?: unknown
  required: boolean
}

/** One schema of all arguments, with what it refers to among its `$defs`. */
export function schemaOf(document: OpenApiDocument, args: readonly SchemaOfArgument[]): JsonObjectSchema {
  const definitions = new Map<string, { name: string; schema: unknown }>()

  function define(pointer: string): string {
    const known = definitions.get(pointer)
    if (known) return known.name
    const last =
      pointer
        .split('/')
        .at(-1)!
        .replace(/[^\w.-]/g, '_') || 'root'
    const taken = new Set([...definitions.values()].map(({ name }) => name))
    let name = last
    for (let n = 2; taken.has(name); n++) name = `${last}_${n}`
    // before its content, which may refer to it
    const definition = { name, schema: undefined as unknown }
    definitions.set(pointer, definition)
    definition.schema = embed(at(document, pointer))
    return name
  }

  function embed(value: unknown, isNames = false): unknown {
    if (Array.isArray(value)) return value.map((one) => embed(one))
    if (!isObject(value)) return value
    const kept = isNames ? [] : keptNames(value.properties)
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => {
        if (isNames) return [key, isKept(member) ? NOTHING : embed(member)]
        if (key === 'required' && Array.isArray(member)) {
          return [key, member.filter((name) => !kept.includes(name))]
        }
        if (key === '$ref' && typeof member === 'string') return [key, `#/$defs/${define(member)}`]
        return [key, DATA.has(key) ? member : embed(member, NAMED.has(key))]
      }),
    )
  }

  const properties = Object.fromEntries(
    args.map(({ name, schema, description }) => {
      const embedded = isObject(schema) ? (embed(schema) as object) : {}
      return [name, typeof description === 'string' ? { description, ...embedded } : embedded]
    }),
  )
  const required = args.filter(({ required }) => required).map(({ name }) => name)
  const defs = Object.fromEntries([...definitions.values()].map(({ name, schema }) => [name, schema]))
  return {
    type: 'object',
    properties,
    ...(required.length > 0 && { required }),
    ...(definitions.size > 0 && { $defs: defs }),
  }
}

/** What no value fits. */
const NOTHING = { not: {} }

const isKept = (schema: unknown): boolean => isObject(schema) && Boolean(schema['x-mcp-exclude'])

/** Properties that the server fills in, not its caller. */
const keptNames = (properties: unknown): string[] =>
  Object.entries(isObject(properties) ? properties : {})
    .filter(([, schema]) => isKept(schema))
    .map(([name]) => name)

/** Keywords whose value is data, in which nothing refers. */
const DATA = new Set(['example', 'examples', 'default', 'const', 'enum', 'discriminator'])

/** Keywords whose members are named by whoever wrote them. */
const NAMED = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'])
