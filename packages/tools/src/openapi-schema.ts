import { embedSchema, type Report } from './embed-schema.ts'
import type { JsonObjectSchema } from './json-schema.ts'
import { isObject } from './objects.ts'
import { findPointer, followReferences, type OpenApiDocument, UnusablePart } from './openapi-document.ts'
import { createUniqueNames } from './unique-names.ts'

/** An argument of a tool. */
export interface SchemaOfArgument {
  name: string
  schema: unknown
  description?: unknown
  required: boolean
}

/** An argument, as it is described for the tool, and as it is placed in the request. */
export interface Argument<Slot> {
  described: SchemaOfArgument
  slot: Slot
}

interface Definition {
  /** The name in `$defs`. */
  name: string
  /** Undefined until the definition is read. */
  schema: unknown
  /** The pointers of the definitions that it refers to. */
  references: ReadonlySet<string>
  /** Why the definition cannot be used. */
  problem: UnusablePart | undefined
  /** Messages about keywords that are left out. */
  notes: string[]
}

const cache = new WeakMap<OpenApiDocument, DocumentSchemas>()

/** Returns the schemas of a document. They are cached by document. */
export function getSchemas(document: OpenApiDocument): DocumentSchemas {
  const schemas = cache.get(document) ?? new DocumentSchemas(document)
  cache.set(document, schemas)
  return schemas
}

/** Writes the schemas of a document as JSON Schema 2020-12. Each definition is converted once. */
export class DocumentSchemas {
  readonly #document: OpenApiDocument
  readonly #definitions = new Map<string, Definition>()
  /** The last pointer of each chain of references, by its first. */
  readonly #finalPointers = new Map<string, string>()
  readonly #chooseName = createUniqueNames()

  constructor(document: OpenApiDocument) {
    this.#document = document
  }

  /**
   * Writes one schema of all arguments, with the definitions that they refer to in `$defs`.
   *
   * @throws UnusablePart if a reference is broken.
   */
  writeSchema(args: readonly SchemaOfArgument[], report: Report): JsonObjectSchema {
    const references = new Set<string>()
    const properties = args.map(({ name, schema, description }): [string, unknown] => {
      const embedded = isObject(schema) ? (this.#embed(schema, references, report) as object) : {}
      return [name, typeof description === 'string' ? { description, ...embedded } : embedded]
    })
    const required = args.filter(({ required }) => required).map(({ name }) => name)
    const defs = this.#collectDefinitions(references, report)
    return {
      type: 'object',
      properties: Object.fromEntries(properties),
      ...(required.length > 0 && { required }),
      additionalProperties: false,
      ...(defs.length > 0 && { $defs: Object.fromEntries(defs) }),
    }
  }

  /** Converts a schema, and adds the pointers that it refers to. */
  #embed(schema: unknown, references: Set<string>, report: Report): unknown {
    return embedSchema(schema, {
      document: this.#document,
      report,
      refer: (reference) => {
        const pointer = this.#findFinal(reference)
        references.add(pointer)
        return `#/$defs/${this.#define(pointer).name}`
      },
    })
  }

  /** Collects all definitions that are referred to. It is a loop, since chains may be longer than the stack. */
  #collectDefinitions(start: ReadonlySet<string>, report: Report): [string, unknown][] {
    const pointers = new Set(start)
    const defs: [string, unknown][] = []
    for (const pointer of pointers) {
      const { name, schema, references, problem, notes } = this.#read(pointer)
      if (problem) throw problem
      for (const note of notes) report(note)
      defs.push([name, schema])
      for (const next of references) pointers.add(next)
    }
    return defs
  }

  #read(pointer: string): Definition {
    const definition = this.#define(pointer)
    if (definition.schema !== undefined || definition.problem) return definition
    const references = new Set<string>()
    try {
      const schema = findPointer(this.#document, pointer)
      definition.schema = this.#embed(schema, references, (note) => definition.notes.push(note))
      definition.references = references
    } catch (error) {
      if (!(error instanceof UnusablePart)) throw error
      definition.problem = error
    }
    return definition
  }

  /** Finds or adds the definition of a final pointer. */
  #define(pointer: string): Definition {
    const found = this.#definitions.get(pointer)
    if (found) return found
    const definition: Definition = {
      name: this.#chooseName(readLastPart(pointer)),
      schema: undefined,
      references: new Set(),
      problem: undefined,
      notes: [],
    }
    this.#definitions.set(pointer, definition)
    return definition
  }

  #findFinal(pointer: string): string {
    const found = this.#finalPointers.get(pointer) ?? followReferences(this.#document, pointer)
    this.#finalPointers.set(pointer, found)
    return found
  }
}

const readLastPart = (pointer: string): string =>
  pointer
    .split('/')
    .at(-1)!
    .replace(/[^\w.-]/g, '_')
    .slice(0, 100) || 'root'
