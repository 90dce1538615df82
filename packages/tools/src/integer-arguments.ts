import { isObject } from './objects.ts'
import type { ReadOperation } from './openapi-operations.ts'

type Args = Record<string, unknown>

/**
 * Names of the parameters that are integers. They are sent as text, so they may be given as text: a number
 * cannot hold an id beyond 2^53, and the nearest that it holds may be that of something else.
 */
export function integerArguments({ call: { inputSchema, parameters } }: ReadOperation): string[] {
  const properties = inputSchema.properties as Record<string, unknown>
  const defs = isObject(inputSchema.$defs) ? inputSchema.$defs : {}
  return parameters.map(({ argument }) => argument).filter((name) => isInteger(properties[name], defs))
}

function isInteger(schema: unknown, defs: Record<string, unknown>): boolean {
  if (!isObject(schema)) return false
  const found = typeof schema.$ref === 'string' ? defs[schema.$ref.replace('#/$defs/', '')] : schema
  return isObject(found) && [found.type].flat().includes('integer')
}

/** Why an argument was changed before it came; undefined for all that are as they were sent. */
export function roundedArgument(args: Args, names: readonly string[]): string | undefined {
  const rounded = names.find((name) => Number.isInteger(args[name]) && !Number.isSafeInteger(args[name]))
  return rounded && `"${rounded}" is beyond 2^53, where a number is rounded: give it as a text of digits`
}

/** The arguments with numbers in the place of texts of digits, to be checked. */
export function withNumbers(args: Args, names: readonly string[]): Args {
  const texts = names.filter((name) => typeof args[name] === 'string' && /^-?\d{1,40}$/.test(args[name]))
  return texts.length === 0
    ? args
    : { ...args, ...Object.fromEntries(texts.map((name) => [name, Number(args[name])])) }
}
