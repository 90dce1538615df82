import type { SchemaMismatch } from '@portico-mcp/core/json-schema'
import { z } from 'zod'
import { integerArguments, roundedArgument, withNumbers } from './integer-arguments.ts'
import { type Checker, compile, tooLarge } from './json-schema.ts'
import { listedAs } from './listed-schema.ts'
import type { ReadOperation } from './openapi-operations.ts'
import { withoutNulls } from './without-nulls.ts'

type Args = Record<string, unknown>

/** How the arguments of an operation are listed and checked. */
interface Checked {
  checked: z.ZodObject
  unchecked: z.ZodObject
}

const known = new WeakMap<ReadOperation, Checked>()

/** The zod object of an operation's arguments, once an operation. */
export function argumentsSchema(read: ReadOperation, isChecked: boolean): z.ZodObject {
  const found = known.get(read) ?? { checked: schemaOf(read, true), unchecked: schemaOf(read, false) }
  known.set(read, found)
  return isChecked ? found.checked : found.unchecked
}

function schemaOf(read: ReadOperation, isChecked: boolean): z.ZodObject {
  const { inputSchema } = read.call
  const names = Object.keys(inputSchema.properties as object)
  const integers = integerArguments(read)
  const check = isChecked ? checkerOf(read) : () => undefined

  function mismatchOf(args: Args): SchemaMismatch | undefined {
    const message = roundedArgument(args, integers)
    return message === undefined ? check(withNumbers(args, integers)) : { path: [], message }
  }

  const prepare = z.check<Args>((payload) => {
    const { value, issues } = payload
    const unknown = unknownArgument(value, names) ?? tooLarge(value)
    if (!unknown) payload.value = withoutNulls(value, inputSchema) as Args
    const mismatch = unknown ?? mismatchOf(payload.value)
    if (mismatch) issues.push({ code: 'custom', input: value, ...mismatch })
  })
  const anything = z.looseObject({})
  return listedAs(anything.clone({ ...anything.def, checks: [prepare] }), () => inputSchema)
}

/** A document has many operations, and few of them are called. */
function checkerOf({ call: { inputSchema }, operation: { method, path } }: ReadOperation): Checker {
  let check: Checker | undefined
  return (value) => {
    check ??= compile(inputSchema, `the arguments of ${method} ${path}`, 'document').checker()
    return check(value)
  }
}

const MOST_NAMES = 30

function unknownArgument(args: Args, names: string[]): SchemaMismatch | undefined {
  const unknown = Object.keys(args).find((name) => !names.includes(name))
  if (unknown === undefined) return undefined
  const shown = names.slice(0, MOST_NAMES).join(', ') + (names.length > MOST_NAMES ? ', …' : '')
  const allowed = names.length > 0 ? `it takes ${shown}` : 'it takes none'
  return { path: [], message: `Unknown argument ${JSON.stringify(unknown.slice(0, 100))}: ${allowed}` }
}
