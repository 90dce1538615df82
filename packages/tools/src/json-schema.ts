import { dereference, type Schema, type ValidationResult, Validator } from '@cfworker/json-schema'
import { limitSteps, TooManySteps } from './limit-steps.ts'
import { fits, type Size } from './measure.ts'

/** A JSON Schema (2020-12) of an object. */
export interface JsonObjectSchema {
  type: 'object'
  [keyword: string]: unknown
}

/** Where a value does not fit a schema. */
export interface Mismatch {
  path: string[]
  message: string
}

/** A schema that was looked at. */
export interface CompiledSchema {
  json: JsonObjectSchema
  /** Gets ready to check values. @throws TypeError for what cannot be checked */
  checker(): Checker
}

/** Says what is wrong with a value; undefined for one that fits. */
export type Checker = (value: unknown) => Mismatch | undefined

const LARGEST_SCHEMA: Size = { depth: 100, elements: 20_000 }
const LARGEST_VALUE: Size = { depth: 64, elements: 10_000 }
const MOST_STEPS = 200_000

const compiled = new WeakMap<object, CompiledSchema>()

/**
 * Looks at a schema, once an object.
 *
 * @param name - What it belongs to, for errors.
 * @throws TypeError for one that is of no object, too large, or refers to what is not in it: nothing is
 * fetched.
 */
export function compile(schema: JsonObjectSchema, name: string): CompiledSchema {
  const known = compiled.get(schema)
  if (known) return known
  const fresh = compileFresh(schema, name)
  compiled.set(schema, fresh)
  return fresh
}

function compileFresh(schema: JsonObjectSchema, name: string): CompiledSchema {
  const refuse: Refuse = (why) => new TypeError(`The schema of ${name} ${why}`)
  if (typeof schema !== 'object' || schema?.type !== 'object') throw refuse('must have the type "object"')
  if (!fits(schema, LARGEST_SCHEMA)) {
    throw refuse(`has more than ${LARGEST_SCHEMA.depth} levels, or ${LARGEST_SCHEMA.elements} members`)
  }
  // the validator leaves marks in what it reads
  const json = structuredClone(schema)
  const own = structuredClone(schema) as Schema
  const lookup = attempt(() => dereference(own), refuse)
  const unknown = referencesOf(lookup).find((reference) => lookup[reference] === undefined)
  if (unknown) throw refuse(`refers to ${shown(unknown)}, which is not in it`)
  return { json, checker: () => checkerOf(own, lookup, refuse) }
}

type Refuse = (why: string) => TypeError

function checkerOf(schema: Schema, lookup: Lookup, refuse: Refuse): Checker {
  const parts = Object.values(lookup).filter((part) => typeof part === 'object')
  if (parts.some((part) => '$dynamicRef' in part)) throw refuse('has a $dynamicRef, which cannot be checked')
  const broken = parts.flatMap(patternsOf).find((pattern) => !isRegExp(pattern))
  if (broken !== undefined) throw refuse(`has the pattern ${broken}, which is no regular expression`)
  const validator = new Validator(schema, '2020-12')
  const limited = limitSteps(parts, MOST_STEPS)
  const check = (value: unknown): ValidationResult => limited(() => validator.validate(value))
  attempt(() => check({}), refuse)
  return (value) => mismatchOf(check, value)
}

const patternsOf = ({ pattern, patternProperties = {} }: Schema): unknown[] => [
  ...(pattern === undefined ? [] : [pattern]),
  ...Object.keys(patternProperties),
]

// JSON Schema 2020-12 core §6.4
function isRegExp(pattern: unknown): boolean {
  try {
    return typeof pattern === 'string' && new RegExp(pattern, 'u') instanceof RegExp
  } catch {
    return false
  }
}

function attempt<T>(read: () => T, refuse: Refuse): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof TooManySteps) throw refuse('takes too long to check')
    throw refuse(cause instanceof RangeError ? 'refers to itself without end' : 'is no valid JSON Schema')
  }
}

type Lookup = ReturnType<typeof dereference>

const referencesOf = (lookup: Lookup): string[] =>
  Object.values(lookup).flatMap((part) => (typeof part === 'object' && part.__absolute_ref__) || [])

const shown = (reference: string): string =>
  reference.startsWith('https://github.com/cfworker') ? new URL(reference).hash || reference : reference

function mismatchOf(check: (value: unknown) => ValidationResult, value: unknown): Mismatch | undefined {
  if (!fits(value, LARGEST_VALUE)) {
    const { depth, elements } = LARGEST_VALUE
    return { path: [], message: `More than ${depth} levels, or ${elements} elements` }
  }
  try {
    const { valid, errors } = check(value)
    // the last is the closest to what is wrong
    const error = errors.at(-1)
    return valid ? undefined : { path: pathOf(error?.instanceLocation), message: error?.error ?? 'No match' }
  } catch (error) {
    const isLong = error instanceof TooManySteps
    return { path: [], message: isLong ? 'Takes too long to check' : 'The schema cannot be applied' }
  }
}

const pathOf = (location = '#'): string[] =>
  location
    .split('/')
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
