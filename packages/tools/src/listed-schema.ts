import type { z } from 'zod'

/** Has a zod object be listed as a JSON Schema, whatever it lets through. */
export function listedAs<Schema extends z.ZodObject>(
  schema: Schema,
  json: () => Record<string, unknown>,
): Schema {
  // zod's own hook; it would add the `$schema` of another draft
  schema._zod.toJSONSchema = () => {
    const shown = json()
    return { ...structuredClone(shown), $schema: shown.$schema }
  }
  return schema
}
