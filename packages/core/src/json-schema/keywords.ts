/** Keywords whose value is a schema, or (in older drafts) a list of them. */
const SCHEMAS = [
  'additionalItems',
  'unevaluatedItems',
  'items',
  'contains',
  'additionalProperties',
  'unevaluatedProperties',
  'propertyNames',
  'not',
  'if',
  'then',
  'else',
  'prefixItems',
  'allOf',
  'anyOf',
  'oneOf',
]

/** Keywords whose value names schemas. */
const MAPS = ['$defs', 'definitions', 'properties', 'patternProperties', 'dependentSchemas', 'dependencies']

/** A schema that is an object. */
export type SchemaNode = Record<string, unknown>

/** Whether a value is an object that is not an array. */
export const isNode = (value: unknown): value is SchemaNode =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A schema's own keyword; never a member of a prototype. */
export const keyword = (node: SchemaNode, name: string): unknown =>
  Object.hasOwn(node, name) ? node[name] : undefined

/**
 * The subschemas that stand directly in a schema; what stands in `example`, `x-` and unknown keywords is
 * data.
 */
export function* subschemas(node: SchemaNode): Generator<SchemaNode> {
  for (const name of SCHEMAS) {
    const value = keyword(node, name)
    for (const one of Array.isArray(value) ? value : [value]) if (isNode(one)) yield one
  }
  for (const name of MAPS) {
    const value = keyword(node, name)
    if (isNode(value)) for (const one of Object.values(value)) if (isNode(one)) yield one
  }
}
