import { choicesOf, isObject, kindOf, resolve, type Schema, variantOf, variantsOf } from '../schema.ts'
import { findFormatProblem, findPatternProblem } from './text-rules.ts'

/** A value that does not match its schema. */
export interface Problem {
  /** A JSON pointer (RFC 6901) to the value. */
  path: string
  message: string
  /** Whether the value is missing. */
  isMissing?: boolean
}

const MAX_PROBLEMS = 100
const MAX_DEPTH = 12

/** Appends a name to a JSON pointer. */
export const pointTo = (path: string, name: string | number): string =>
  `${path}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`

/** Checks a value by the parts of JSON Schema that tools use. The server's own check is the one that counts. */
export function validate(given: unknown, value: unknown, root: Schema, path = '', depth = 0): Problem[] {
  const schema = resolve(given, root)
  if (depth > MAX_DEPTH) return []
  const problem = (message: string): Problem[] => [{ path, message }]
  const choices = choicesOf(schema)
  if (choices) {
    const isListed = choices.some((choice) => JSON.stringify(choice.value) === JSON.stringify(value))
    return isListed
      ? []
      : problem(`must be ${choices.length === 1 ? choices[0]?.label : 'one of the choices'}`)
  }
  const variants = variantsOf(schema)
  if (variants) return validateUnion(variants, value, root, path, depth)
  switch (kindOf(schema)) {
    case 'object':
      if (!isObject(value)) return problem('must be an object')
      return validateMembers(schema, value, root, path, depth)
    case 'array':
      if (!Array.isArray(value)) return problem('must be a list')
      return validateItems(schema, value, root, path, depth)
    case 'string':
      if (typeof value !== 'string') return problem('must be a text')
      return findTextProblem(schema, value).flatMap(problem)
    case 'integer':
      if (!Number.isInteger(value)) return problem('must be a whole number')
      return findNumberProblem(schema, value as number).flatMap(problem)
    case 'number':
      if (typeof value !== 'number') return problem('must be a number')
      return findNumberProblem(schema, value).flatMap(problem)
    case 'boolean':
      return typeof value === 'boolean' ? [] : problem('must be true or false')
    case 'null':
      return value === null ? [] : problem('must be null')
    default:
      return []
  }
}

function validateUnion(
  variants: readonly unknown[],
  value: unknown,
  root: Schema,
  path: string,
  depth: number,
): Problem[] {
  const all = variants.map((variant) => validate(variant, value, root, path, depth + 1))
  return all.some((problems) => problems.length === 0) ? [] : (all[variantOf(variants, value, root)] ?? [])
}

function validateMembers(
  schema: Schema,
  value: Schema,
  root: Schema,
  path: string,
  depth: number,
): Problem[] {
  const required: unknown[] = Array.isArray(schema.required) ? schema.required : []
  const properties: Schema = schema.properties ?? {}
  const missing = required
    .map(String)
    .filter((name) => value[name] === undefined)
    .map((name) => ({ path: pointTo(path, name), message: 'is required', isMissing: true }))
  const wrong = Object.entries(value).flatMap(([name, member]) => {
    const place = pointTo(path, name)
    if (member === undefined) return []
    if (Object.hasOwn(properties, name)) return validate(properties[name], member, root, place, depth + 1)
    if (schema.additionalProperties === false) return [{ path: place, message: 'is not in the schema' }]
    const { additionalProperties } = schema
    return isObject(additionalProperties)
      ? validate(additionalProperties, member, root, place, depth + 1)
      : []
  })
  return [...missing, ...wrong].slice(0, MAX_PROBLEMS)
}

function validateItems(
  schema: Schema,
  items: readonly unknown[],
  root: Schema,
  path: string,
  depth: number,
): Problem[] {
  const { minItems, maxItems, uniqueItems } = schema
  const distinct = new Set(items.map((item) => JSON.stringify(item)))
  const own = [
    ...(items.length < minItems ? [`must have at least ${count(minItems, 'item')}`] : []),
    ...(items.length > maxItems ? [`must have at most ${count(maxItems, 'item')}`] : []),
    ...(uniqueItems === true && distinct.size < items.length ? ['must not repeat an item'] : []),
  ].map((message) => ({ path, message }))
  const wrong = schema.items
    ? items.flatMap((item, index) => validate(schema.items, item, root, pointTo(path, index), depth + 1))
    : []
  return [...own, ...wrong].slice(0, MAX_PROBLEMS)
}

function findTextProblem(schema: Schema, text: string): string[] {
  const { minLength, maxLength, format, pattern } = schema
  // a character outside of the basic plane counts once
  const length = [...text].length
  if (length < minLength) return [`must have at least ${count(minLength, 'character')}`]
  if (length > maxLength) return [`must have at most ${count(maxLength, 'character')}`]
  return findFormatProblem(format, text) ?? findPatternProblem(pattern, text) ?? []
}

function findNumberProblem(schema: Schema, number: number): string[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  if (number < minimum) return [`must be at least ${minimum}`]
  if (number > maximum) return [`must be at most ${maximum}`]
  if (number <= exclusiveMinimum) return [`must be more than ${exclusiveMinimum}`]
  if (number >= exclusiveMaximum) return [`must be less than ${exclusiveMaximum}`]
  const isMultiple = multipleOf > 0 ? Number.isInteger(Number((number / multipleOf).toFixed(9))) : true
  return isMultiple ? [] : [`must be a multiple of ${multipleOf}`]
}

const count = (number: number, unit: string): string => `${number} ${unit}${number === 1 ? '' : 's'}`
