import type { z } from 'zod'

/** Makes `tools/list` show a JSON Schema for a zod object, whatever the object accepts. */
export function listAs<Schema extends z.ZodObject>(
  schema: Schema,
  json: () => Record<string, unknown>,
): Schema {
  // Zod calls this hook for its own conversion. An undefined `$schema` keeps it from adding that of another draft.
  schema._zod.toJSONSchema = () => {
    const shown = json()
    return { ...structuredClone(shown), $schema: shown.$schema }
  }
  return schema
}
