import { z } from 'zod'
import type { Checker } from './json-schema.ts'
import { compile } from './json-schema.ts'
import { listedAs } from './listed-schema.ts'
import type { ReadOperation } from './openapi-operations.ts'
import { withoutNulls } from './without-nulls.ts'

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

function schemaOf({ call: { inputSchema }, operation }: ReadOperation, isChecked: boolean): z.ZodObject {
  const properties = inputSchema.properties as Record<string, unknown>
  const names = Object.keys(properties)
  let check: Checker | undefined
  const prepare = z.check<Record<string, unknown>>((payload) => {
    const unknown = Object.keys(payload.value).find((name) => !Object.hasOwn(properties, name))
    if (unknown !== undefined) {
      payload.issues.push({
        code: 'custom',
        input: payload.value,
        path: [],
        message: unknownArgument(unknown, names),
      })
      return
    }
    payload.value = withoutNulls(payload.value, inputSchema) as Record<string, unknown>
    if (!isChecked) return
    // a document has many operations, and few of them are called
    check ??= compile(
      inputSchema,
      `the arguments of ${operation.method} ${operation.path}`,
      'document',
    ).checker()
    const mismatch = check(payload.value)
    if (mismatch) payload.issues.push({ code: 'custom', input: payload.value, ...mismatch })
  })
  const anything = z.looseObject({})
  return listedAs(anything.clone({ ...anything.def, checks: [prepare] }), () => inputSchema)
}

const MOST_NAMES = 30

function unknownArgument(name: string, names: string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ') + (names.length > MOST_NAMES ? ', …' : '')
  const allowed = names.length > 0 ? `it takes ${shown}` : 'it takes none'
  return `Unknown argument ${JSON.stringify(name.slice(0, 100))}: ${allowed}`
}
