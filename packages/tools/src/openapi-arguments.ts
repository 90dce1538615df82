import type { SchemaMismatch } from '@portico-mcp/core/json-schema'
import { z } from 'zod'
import { findRoundedArgument, listIntegerArguments, parseIntegers } from './integer-arguments.ts'
import { type Checker, checkSize, compile } from './json-schema.ts'
import { listAs } from './listed-schema.ts'
import type { ReadOperation } from './openapi-operations.ts'
import { removeNulls } from './remove-nulls.ts'

type Args = Record<string, unknown>

/** The zod objects of an operation's arguments. */
interface ArgumentSchemas {
  checked: z.ZodObject
  unchecked: z.ZodObject
}

const known = new WeakMap<ReadOperation, ArgumentSchemas>()

/** Returns the zod object of an operation's arguments. It is cached by operation. */
export function getArgumentsSchema(read: ReadOperation, isChecked: boolean): z.ZodObject {
  const found = known.get(read) ?? { checked: createSchema(read, true), unchecked: createSchema(read, false) }
  known.set(read, found)
  return isChecked ? found.checked : found.unchecked
}

function createSchema(read: ReadOperation, isChecked: boolean): z.ZodObject {
  const { inputSchema } = read.call
  const names = Object.keys(inputSchema.properties as object)
  const integers = listIntegerArguments(read)
  const check = isChecked ? createChecker(read) : () => undefined

  function findMismatch(args: Args): SchemaMismatch | undefined {
    const message = findRoundedArgument(args, integers)
    return message === undefined ? check(parseIntegers(args, integers)) : { path: [], message }
  }

  const prepare = z.check<Args>((payload) => {
    const { value, issues } = payload
    const unknown = findUnknown(value, names) ?? checkSize(value)
    if (!unknown) payload.value = removeNulls(value, inputSchema) as Args
    const mismatch = unknown ?? findMismatch(payload.value)
    if (mismatch) issues.push({ code: 'custom', input: value, ...mismatch })
  })
  const anything = z.looseObject({})
  return listAs(anything.clone({ ...anything.def, checks: [prepare] }), () => inputSchema)
}

/** Creates the check of arguments. It compiles the schema at the first call, since few operations of a document are used. */
function createChecker({ call: { inputSchema }, operation: { method, path } }: ReadOperation): Checker {
  let check: Checker | undefined
  return (value) => {
    check ??= compile(inputSchema, `the arguments of ${method} ${path}`, 'document').checker()
    return check(value)
  }
}

const MAX_NAMES = 30

function findUnknown(args: Args, names: string[]): SchemaMismatch | undefined {
  const unknown = Object.keys(args).find((name) => !names.includes(name))
  if (unknown === undefined) return undefined
  const list = names.slice(0, MAX_NAMES).join(', ') + (names.length > MAX_NAMES ? ', …' : '')
  const allowed = names.length > 0 ? `it takes ${list}` : 'it takes none'
  return { path: [], message: `Unknown argument ${JSON.stringify(unknown.slice(0, 100))}: ${allowed}` }
}
