import { readSchema, type SchemaMismatch } from '@portico-mcp/core/json-schema'
import { isWithinSize, type Size } from './size.ts'

/** A JSON Schema (2020-12) that describes an object. */
export interface JsonObjectSchema {
  type: 'object'
  [keyword: string]: unknown
}

/** A schema that has been read. */
export interface CompiledSchema {
  json: JsonObjectSchema
  /** Creates the check of values. @throws TypeError if the schema has keywords that cannot be checked. */
  checker(): Checker
}

/** Where a schema comes from: the author of a tool, or a document whose size has been checked. */
type Origin = 'author' | 'document'

/** Checks a value. Returns undefined if it matches. */
export type Checker = (value: unknown) => SchemaMismatch | undefined

const MAX_SIZES: Record<Origin, Size> = {
  author: { depth: 100, elements: 20_000 },
  document: { depth: 400, elements: 2_000_000 },
}
const MAX_VALUE_SIZE: Size = { depth: 64, elements: 10_000 }

const compiled = new WeakMap<object, CompiledSchema>()

/**
 * Reads a schema. The result is cached by object.
 *
 * @param name - What the schema describes, for errors.
 * @throws TypeError if the type is not `object`, if the schema is too large, or if it refers to something that it does not
 *   contain. Nothing is fetched.
 */
export function compile(schema: JsonObjectSchema, name: string, origin: Origin = 'author'): CompiledSchema {
  const known = compiled.get(schema)
  if (known) return known
  const fresh = compileUncached(schema, name, origin)
  compiled.set(schema, fresh)
  return fresh
}

function compileUncached(schema: JsonObjectSchema, name: string, origin: Origin): CompiledSchema {
  const createError = (problem: string): TypeError => new TypeError(`The schema of ${name} ${problem}`)
  if (typeof schema !== 'object' || schema?.type !== 'object')
    throw createError('must have the type "object"')
  const maxSize = MAX_SIZES[origin]
  if (!isWithinSize(schema, maxSize)) {
    throw createError(`has more than ${maxSize.depth} levels, or ${maxSize.elements} members`)
  }
  // The schema of an author is copied, since the author may change it later.
  const json = origin === 'document' ? schema : structuredClone(schema)
  return { json, checker: createChecker(json, createError) }
}

function createChecker(json: JsonObjectSchema, createError: (problem: string) => TypeError): () => Checker {
  const convertErrors = <T>(read: () => T): T => {
    try {
      return read()
    } catch (error) {
      throw createError((error as Error).message)
    }
  }
  const schema = convertErrors(() => readSchema(json))
  let checker: Checker | undefined
  return () => {
    if (checker) return checker
    const { check } = convertErrors(() => schema.checker())
    checker = (value) => checkSize(value) ?? check(value)
    return checker
  }
}

/** Checks the size of a value. Returns undefined if it is not too large. */
export function checkSize(value: unknown): SchemaMismatch | undefined {
  const { depth, elements } = MAX_VALUE_SIZE
  return isWithinSize(value, MAX_VALUE_SIZE)
    ? undefined
    : { path: [], message: `More than ${depth} levels, or ${elements} elements` }
}
