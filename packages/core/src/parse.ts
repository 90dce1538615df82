import type { AnySchema } from '@modelcontextprotocol/sdk/server/zod-compat.js'
import type { $ZodType } from 'zod/v4/core'
import { type Eventual, isPromise } from './eventual.ts'
import { safeParseAsync } from './sdk.ts'

/** A value that fits its schema. */
export interface Parsed {
  data: unknown
}

/** Parses by a schema; undefined for what does not fit it. A promise only where the schema makes one. */
export function parse(schema: AnySchema, value: unknown): Eventual<Parsed | undefined> {
  if (!isZod4(schema)) {
    return safeParseAsync(schema, value).then((result) => (result.success ? result : undefined))
  }
  const result = schema._zod.run({ value, issues: [] }, { async: true })
  return isPromise(result) ? result.then(parsed) : parsed(result)
}

const parsed = ({ value, issues }: { value: unknown; issues: unknown[] }): Parsed | undefined =>
  issues.length === 0 ? { data: value } : undefined

const isZod4 = (schema: AnySchema): schema is $ZodType & AnySchema => '_zod' in schema
