import type { JsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/types.js'
import { TooDeep, TooManySteps } from './budget.ts'
import type { Place } from './check.ts'
import { checkValue } from './check-value.ts'
import type { SchemaNode } from './keywords.ts'
import { InvalidSchema, indexSchema } from './schema-index.ts'

export { MOST_CHARACTERS } from './budget.ts'
export { formats } from './formats.ts'
export { toRegExp } from './schema-index.ts'

/** Where a value does not fit a schema. */
export interface SchemaMismatch {
  path: string[]
  message: string
}

/** Checks values by a schema. */
export interface SchemaChecker {
  /** Says what is wrong with a value; undefined for one that fits. It never throws. */
  check(value: unknown): SchemaMismatch | undefined
}

/** A schema that is read. */
export interface ReadSchema {
  /** @throws TypeError for a schema that values cannot be checked by; its message continues "The schema …" */
  checker(): SchemaChecker
}

/**
 * Reads a JSON Schema (2020-12, and what older drafts had instead) without compiling code or fetching
 * anything. A check is bounded in steps; texts of more than {@link MOST_CHARACTERS} characters match no
 * `pattern` and no `format`, and every format takes linear time.
 *
 * @param schema - It is kept, and must not change.
 * @throws TypeError for a schema that refers to what is not in it; its message continues "The schema …".
 */
export function readSchema(schema: object): ReadSchema {
  const root = schema as SchemaNode
  const index = orTypeError(() => indexSchema(root))
  const check = (value: unknown): SchemaMismatch | undefined => {
    const found = checkValue(index, root, value)
    return found && { path: toPath(found.place), message: found.message }
  }
  return {
    checker() {
      if (index.problem) throw new TypeError(index.problem)
      orTypeError(() => check({}))
      return { check: (value) => orMismatch(() => check(value)) }
    },
  }
}

function toPath(place: Place | undefined): string[] {
  const path: string[] = []
  for (let at = place; at; at = at.parent) path.unshift(at.key.slice(0, 100))
  return path
}

function orTypeError<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof InvalidSchema) throw new TypeError(cause.message, { cause })
    if (cause instanceof TooManySteps) throw new TypeError('takes too long to check', { cause })
    if (cause instanceof TooDeep || cause instanceof RangeError) {
      throw new TypeError('refers to itself without end, or through too many levels', { cause })
    }
    throw new TypeError('is no valid JSON Schema', { cause })
  }
}

const TOO_DEEP = 'The schema cannot be applied: it refers to itself without end, or through too many levels'

function orMismatch(check: () => SchemaMismatch | undefined): SchemaMismatch | undefined {
  try {
    return check()
  } catch (cause) {
    const isLong = cause instanceof TooManySteps
    return { path: [], message: isLong ? 'Takes too long to check' : TOO_DEEP }
  }
}

/** What the SDK validates by, where Portico builds a server of its. */
export const jsonSchemaValidator = {
  getValidator<T>(schema: object): JsonSchemaValidator<T> {
    const { check } = readSchema(schema).checker()
    return (input) => {
      const mismatch = check(input)
      if (!mismatch) return { valid: true, data: input as T, errorMessage: undefined }
      const { path, message } = mismatch
      const errorMessage = path.length > 0 ? `${path.join('.')}: ${message}` : message
      return { valid: false, data: undefined, errorMessage }
    }
  },
}
