import { toRegExp } from '@portico-mcp/core/json-schema'
import type { JsonObjectSchema } from './json-schema.ts'
import { isObject } from './objects.ts'
import { at, type OpenApiDocument, UnusablePart } from './openapi-document.ts'
import { fillsIn, ownedNames } from './openapi-owned.ts'
import { sanitize } from './sanitize-schema.ts'

/** An argument of a tool. */
export interface SchemaOfArgument {
  name: string
  schema: unknown
  description?: unknown
  required: boolean
}

/** An argument for the tool, and for the request. */
export interface Argument<Slot> {
  described: SchemaOfArgument
  slot: Slot
}

/** Says that a keyword of a schema was left out, and why. */
export type Report = (problem: string) => void

/** The schemas of a document as JSON Schema 2020-12; each that is referred to is written once. */
export interface DocumentSchemas {
  /**
   * One schema of all arguments, with what it refers to among its `$defs`.
   *
   * @throws UnusablePart for a reference to what is not in the document.
   */
  schemaOf(args: readonly SchemaOfArgument[], report: Report): JsonObjectSchema
}

interface Definition {
  name: string
  /** Undefined where it was not read yet. */
  schema: unknown
  /** Pointers of what it refers to. */
  references: ReadonlySet<string>
  /** Why it cannot be used. */
  problem: UnusablePart | undefined
  /** What was left out of it. */
  notes: string[]
}

const known = new WeakMap<OpenApiDocument, DocumentSchemas>()

/** The schemas of a document, once a document. */
export function schemasOf(document: OpenApiDocument): DocumentSchemas {
  const found = known.get(document) ?? readSchemas(document)
  known.set(document, found)
  return found
}

function readSchemas(document: OpenApiDocument): DocumentSchemas {
  const definitions = new Map<string, Definition>()
  const nameFor = uniqueNames()

  function define(given: string): Definition {
    const pointer = finalPointer(document, given)
    const found = definitions.get(pointer)
    if (found) return found
    const name = nameFor(lastPart(pointer))
    const fresh: Definition = {
      name,
      schema: undefined,
      references: new Set(),
      problem: undefined,
      notes: [],
    }
    definitions.set(pointer, fresh)
    return fresh
  }

  /** Writes a schema, and collects what it refers to. */
  function embed(schema: unknown, references: Set<string>, report: Report): unknown {
    const context: Context = {
      document,
      report,
      refer(pointer) {
        references.add(finalPointer(document, pointer))
        return `#/$defs/${define(pointer).name}`
      },
    }
    return embedNode(schema, context)
  }

  function read(pointer: string): Definition {
    const definition = define(pointer)
    if (definition.schema !== undefined || definition.problem) return definition
    const references = new Set<string>()
    try {
      definition.schema = embed(at(document, pointer), references, (note) => definition.notes.push(note))
      definition.references = references
    } catch (error) {
      if (!(error instanceof UnusablePart)) throw error
      definition.problem = error
    }
    return definition
  }

  /** All that is referred to, without recursion: chains may be longer than the stack. */
  function closureOf(start: ReadonlySet<string>, report: Report): [string, unknown][] {
    const seen = new Set(start)
    const defs: [string, unknown][] = []
    for (const pointer of seen) {
      const { name, schema, references, problem, notes } = read(pointer)
      if (problem) throw problem
      for (const note of notes) report(note)
      defs.push([name, schema])
      for (const next of references) seen.add(next)
    }
    return defs
  }

  return {
    schemaOf(args, report) {
      const references = new Set<string>()
      const properties = args.map(({ name, schema, description }): [string, unknown] => {
        const embedded = isObject(schema) ? (embed(schema, references, report) as object) : {}
        return [name, typeof description === 'string' ? { description, ...embedded } : embedded]
      })
      const required = args.filter(({ required }) => required).map(({ name }) => name)
      const defs = closureOf(references, report)
      return {
        type: 'object',
        properties: Object.fromEntries(properties),
        ...(required.length > 0 && { required }),
        additionalProperties: false,
        ...(defs.length > 0 && { $defs: Object.fromEntries(defs) }),
      }
    },
  }
}

/** The end of a chain of schemas that are nothing but a reference to the next. */
function finalPointer(document: OpenApiDocument, start: string): string {
  const seen = new Set([start])
  let pointer = start
  for (;;) {
    const found = at(document, pointer)
    if (!isObject(found) || typeof found.$ref !== 'string' || Object.keys(found).length > 1) return pointer
    pointer = found.$ref
    if (seen.has(pointer)) throw new UnusablePart(`${pointer.slice(0, 200)} refers to itself without end`)
    seen.add(pointer)
  }
}

const lastPart = (pointer: string): string =>
  pointer
    .split('/')
    .at(-1)!
    .replace(/[^\w.-]/g, '_')
    .slice(0, 100) || 'root'

/** Names by what they should be; of several for one, the later have a number. */
export function uniqueNames(): (wanted: string) => string {
  const taken = new Set<string>()
  const counts = new Map<string, number>()
  return (wanted) => {
    let name = wanted
    let count = counts.get(wanted) ?? 1
    while (taken.has(name)) name = `${wanted}_${++count}`
    counts.set(wanted, count)
    taken.add(name)
    return name
  }
}

interface Context {
  document: OpenApiDocument
  report: Report
  /** The place of a definition in the written schema. */
  refer(pointer: string): string
}

const SCHEMA_KEYWORDS = new Set([
  'items',
  'additionalItems',
  'additionalProperties',
  'contains',
  'propertyNames',
  'not',
  'if',
  'then',
  'else',
  'unevaluatedItems',
  'unevaluatedProperties',
])
const LIST_KEYWORDS = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems'])
const MAP_KEYWORDS = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'])

/** What no value fits. */
const NOTHING = { not: {} }

function embedNode(value: unknown, context: Context, owned: ReadonlySet<string> = new Set()): unknown {
  if (!isObject(value)) return typeof value === 'boolean' ? value : {}
  const { document, report, refer } = context
  const names = ownedNames(document, value, owned)
  const written = Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
    if (key === '$ref') return typeof member === 'string' ? [[key, refer(member)]] : []
    if (key === 'required') return requiredOf(member, names)
    if (SCHEMA_KEYWORDS.has(key)) return [[key, embedNode(member, context)]]
    if (LIST_KEYWORDS.has(key)) return listOf(key, member, context, names)
    if (MAP_KEYWORDS.has(key)) return mapOf(key, member, context)
    if (key === 'pattern' && !toRegExp(member)) {
      report(
        `the pattern ${String(member).slice(0, 200)} does not compile with the flag u, and is not checked`,
      )
      return []
    }
    return [[key, member]]
  })
  return sanitize(Object.fromEntries(written), report)
}

function requiredOf(member: unknown, owned: ReadonlySet<string>): [string, unknown][] {
  // draft-03 marked the property itself
  if (!Array.isArray(member)) return []
  const left = member.filter((name) => typeof name === 'string' && !owned.has(name))
  return left.length > 0 ? [['required', left]] : []
}

function listOf(
  key: string,
  member: unknown,
  context: Context,
  owned: ReadonlySet<string>,
): [string, unknown][] {
  if (!Array.isArray(member) || member.length === 0) return []
  const isInPlace = key !== 'prefixItems'
  return [[key, member.map((one) => embedNode(one, context, isInPlace ? owned : undefined))]]
}

function mapOf(key: string, member: unknown, context: Context): [string, unknown][] {
  if (!isObject(member)) return []
  const entries = Object.entries(member).flatMap(([name, one]): [string, unknown][] => {
    if (key === 'patternProperties' && !toRegExp(name)) {
      context.report(`the pattern ${name.slice(0, 200)} does not compile with the flag u, and is not checked`)
      return []
    }
    const who = key === 'properties' ? fillsIn(context.document, one) : 'caller'
    if (who === 'api') return []
    return [[name, who === 'server' ? NOTHING : embedNode(one, context)]]
  })
  return [[key, Object.fromEntries(entries)]]
}
