import type { AnySchema } from '@modelcontextprotocol/sdk/server/zod-compat.js'
import { isPromise, type MaybePromise } from '../../utils/maybe-promise.ts'
import { safeParse, safeParseAsync } from '../sdk.ts'

/** A value as its schema has it, or why it does not fit. */
export type Parsed = { data: unknown } | { error: unknown }

/** Parses by a schema, once. A promise only where the schema makes one; throws what the schema throws. */
export function parse(schema: AnySchema, value: unknown): MaybePromise<Parsed> {
  if (!isZod4(schema)) return safeParseAsync(schema, value)
  const result = schema._zod.run({ value, issues: [] }, { async: true })
  return isPromise(result) ? result.then(parsed) : parsed(result)
}

type Zod4 = Extract<AnySchema, { _zod: unknown }>

type Payload = ReturnType<Zod4['_zod']['run']> & { value: unknown; issues: unknown[] }

// the SDK's zod makes the error of a result that is there already: parsed again, a schema may decide otherwise
const parsed = (payload: Payload): Parsed =>
  payload.issues.length === 0
    ? { data: payload.value }
    : safeParse({ _zod: { run: () => payload } } as never, undefined)

const isZod4 = (schema: AnySchema): schema is Zod4 => '_zod' in schema
