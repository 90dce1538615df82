import { isRequiredIn, kindOf, resolve, type Schema, variantsOf } from './schema.ts'

/** The value that a form begins with: the default of the schema, or else the smallest valid value. */
export function initialValue(given: unknown, root: Schema, isRequired = true, depth = 0): unknown {
  const schema = resolve(given, root)
  if (schema.default !== undefined) return structuredClone(schema.default)
  if (!isRequired || depth > 6) return undefined
  if ('const' in schema) return schema.const
  switch (kindOf(schema)) {
    case 'object':
      return initialMembers(schema, root, depth)
    case 'array':
      return Array.from({ length: Math.min(schema.minItems ?? 0, 10) }, () =>
        initialValue(schema.items, root, true, depth + 1),
      )
    case 'boolean':
      return false
    case 'null':
      return null
    case 'union':
      return initialValue(variantsOf(schema)?.[0], root, true, depth + 1)
    default:
      return undefined
  }
}

function initialMembers(schema: Schema, root: Schema, depth: number): Record<string, unknown> {
  const members: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const value = initialValue(property, root, isRequiredIn(schema, name), depth + 1)
    if (value !== undefined) members[name] = value
  }
  return members
}
