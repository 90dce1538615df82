import { readSchema, type SchemaMismatch } from '@portico-mcp/core/json-schema'
import { fits, type Size } from './measure.ts'

/** A JSON Schema (2020-12) of an object. */
export interface JsonObjectSchema {
  type: 'object'
  [keyword: string]: unknown
}

/** A schema that was looked at. */
export interface CompiledSchema {
  json: JsonObjectSchema
  /** Gets ready to check values. @throws TypeError for what cannot be checked */
  checker(): Checker
}

/** Where a schema comes from: the author of a tool, or a document that was measured as a whole. */
type Origin = 'author' | 'document'

/** Says what is wrong with a value; undefined for one that fits. */
export type Checker = (value: unknown) => SchemaMismatch | undefined

const LARGEST: Record<Origin, Size> = {
  author: { depth: 100, elements: 20_000 },
  document: { depth: 400, elements: 2_000_000 },
}
const LARGEST_VALUE: Size = { depth: 64, elements: 10_000 }

const compiled = new WeakMap<object, CompiledSchema>()

/**
 * Reads a schema, once an object.
 *
 * @param name - What it belongs to, for errors.
 * @throws TypeError for one that is of no object, too large, or refers to what is not in it: nothing is
 * fetched.
 */
export function compile(schema: JsonObjectSchema, name: string, origin: Origin = 'author'): CompiledSchema {
  const known = compiled.get(schema)
  if (known) return known
  const fresh = compileFresh(schema, name, origin)
  compiled.set(schema, fresh)
  return fresh
}

function compileFresh(schema: JsonObjectSchema, name: string, origin: Origin): CompiledSchema {
  const refuse = (why: string): TypeError => new TypeError(`The schema of ${name} ${why}`)
  if (typeof schema !== 'object' || schema?.type !== 'object') throw refuse('must have the type "object"')
  const largest = LARGEST[origin]
  if (!fits(schema, largest)) {
    throw refuse(`has more than ${largest.depth} levels, or ${largest.elements} members`)
  }
  // what a document is written as is not handed out
  const json = origin === 'document' ? schema : structuredClone(schema)
  return { json, checker: checkerOf(json, refuse) }
}

function checkerOf(json: JsonObjectSchema, refuse: (why: string) => TypeError): () => Checker {
  const orRefuse = <T>(read: () => T): T => {
    try {
      return read()
    } catch (error) {
      throw refuse((error as Error).message)
    }
  }
  const schema = orRefuse(() => readSchema(json))
  let checker: Checker | undefined
  return () => {
    if (checker) return checker
    const { check } = orRefuse(() => schema.checker())
    checker = (value) => tooLarge(value) ?? check(value)
    return checker
  }
}

/** What is wrong with a value that is too large to be looked at. */
export function tooLarge(value: unknown): SchemaMismatch | undefined {
  const { depth, elements } = LARGEST_VALUE
  return fits(value, LARGEST_VALUE)
    ? undefined
    : { path: [], message: `More than ${depth} levels, or ${elements} elements` }
}
