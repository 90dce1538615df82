import { isObject } from './objects.ts'
import type { ReadOperation } from './openapi-operations.ts'

type Args = Record<string, unknown>

/**
 * Lists the names of the parameters that are integers. Parameters are sent as text, so these may be given as strings: a
 * number cannot represent an id beyond 2^53, and the rounded one may be the id of something else.
 */
export function listIntegerArguments({ call: { inputSchema, parameters } }: ReadOperation): string[] {
  const properties = inputSchema.properties as Record<string, unknown>
  const defs = isObject(inputSchema.$defs) ? inputSchema.$defs : {}
  return parameters.map(({ argument }) => argument).filter((name) => isInteger(properties[name], defs))
}

function isInteger(schema: unknown, defs: Record<string, unknown>): boolean {
  if (!isObject(schema)) return false
  const found = typeof schema.$ref === 'string' ? defs[schema.$ref.replace('#/$defs/', '')] : schema
  return isObject(found) && [found.type].flat().includes('integer')
}

/** Finds an argument that JSON parsing has rounded. Returns an error message; undefined if there is none. */
export function findRoundedArgument(args: Args, names: readonly string[]): string | undefined {
  const rounded = names.find((name) => Number.isInteger(args[name]) && !Number.isSafeInteger(args[name]))
  return rounded && `"${rounded}" is beyond 2^53, where numbers are rounded: pass it as a string of digits`
}

/** Replaces strings of digits by numbers, for validation. */
export function parseIntegers(args: Args, names: readonly string[]): Args {
  const strings = names.filter((name) => typeof args[name] === 'string' && /^-?\d{1,40}$/.test(args[name]))
  return strings.length === 0
    ? args
    : { ...args, ...Object.fromEntries(strings.map((name) => [name, Number(args[name])])) }
}
