import { type EmbedContext, embedSchema, type Report } from './embed-schema.ts'
import type { JsonObjectSchema } from './json-schema.ts'
import { isObject } from './objects.ts'
import { at, finalPointer, type OpenApiDocument, UnusablePart } from './openapi-document.ts'
import { uniqueNames } from './unique-names.ts'

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
  const finals = new Map<string, string>()
  const nameFor = uniqueNames()

  function finalOf(pointer: string): string {
    const known = finals.get(pointer) ?? finalPointer(document, pointer)
    finals.set(pointer, known)
    return known
  }

  /** @param pointer - The end of a chain. */
  function define(pointer: string): Definition {
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
    const context: EmbedContext = {
      document,
      report,
      refer(given) {
        const pointer = finalOf(given)
        references.add(pointer)
        return `#/$defs/${define(pointer).name}`
      },
    }
    return embedSchema(schema, context)
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

const lastPart = (pointer: string): string =>
  pointer
    .split('/')
    .at(-1)!
    .replace(/[^\w.-]/g, '_')
    .slice(0, 100) || 'root'
