type Schema = Record<string, unknown>

const TYPES = ['null', 'boolean', 'object', 'array', 'number', 'string', 'integer']

/**
 * Converts the keywords of OpenAPI 3.0 and older drafts to JSON Schema 2020-12, and removes keywords with a value of the
 * wrong type: the APIs of models reject a whole list of tools because of a single one.
 */
export function sanitizeSchema(schema: Schema, report: (problem: string) => void): Schema {
  const written = { ...schema }
  for (const [key, kind] of KINDS) {
    if (Object.hasOwn(written, key) && !kind(written[key])) delete written[key]
  }
  convertExclusive(written, 'exclusiveMinimum', 'minimum')
  convertExclusive(written, 'exclusiveMaximum', 'maximum')
  convertBinary(written)
  removeUnknownType(written, report)
  return convertNullable(written)
}

const isNumber = (value: unknown): boolean => typeof value === 'number'
const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0

const KINDS: [string, (value: unknown) => boolean][] = [
  ['enum', Array.isArray],
  ['minimum', isNumber],
  ['maximum', isNumber],
  ['multipleOf', (value) => isNumber(value) && Number(value) > 0],
  ['minLength', isCount],
  ['maxLength', isCount],
  ['minItems', isCount],
  ['maxItems', isCount],
  ['minProperties', isCount],
  ['maxProperties', isCount],
  ['uniqueItems', (value) => typeof value === 'boolean'],
  ['format', (value) => typeof value === 'string'],
  ['description', (value) => typeof value === 'string'],
  ['title', (value) => typeof value === 'string'],
  ['$id', () => false],
  ['$schema', () => false],
  ['$anchor', () => false],
]

/** Converts a boolean bound. In OpenAPI 3.0, as in draft-04, `true` makes the inclusive bound exclusive. */
function convertExclusive(schema: Schema, key: string, inclusive: string): void {
  const value = schema[key]
  if (typeof value === 'number' || value === undefined) return
  delete schema[key]
  if (value !== true || typeof schema[inclusive] !== 'number') return
  schema[key] = schema[inclusive]
  delete schema[inclusive]
}

/** Describes bytes as base64, since JSON has no bytes. */
function convertBinary(schema: Schema): void {
  if (!isBinary(schema)) return
  if (schema.type === 'file') schema.type = 'string'
  delete schema.format
  schema.contentEncoding = 'base64'
}

/** Whether a schema describes bytes. */
export const isBinary = ({ type, format, contentMediaType, contentEncoding }: Schema): boolean =>
  type === 'file' ||
  format === 'binary' ||
  (typeof contentMediaType === 'string' &&
    contentEncoding === undefined &&
    !/^text\/|[/+]json$/.test(contentMediaType))

function removeUnknownType(schema: Schema, report: (problem: string) => void): void {
  if (schema.type === undefined) return
  const given = Array.isArray(schema.type) ? schema.type : [schema.type]
  const usable = given.filter((one) => TYPES.includes(one))
  if (usable.length === given.length && given.length > 0) return
  report(`the type ${JSON.stringify(schema.type)?.slice(0, 100)} is not known, and is not checked`)
  delete schema.type
}

function convertNullable(schema: Schema): Schema {
  const { nullable, ...rest } = schema
  if (nullable === undefined) return schema
  if (nullable !== true) return rest
  if (rest.type !== undefined && !isCombined(rest)) {
    const types = Array.isArray(rest.type) ? rest.type : [rest.type]
    const listed = Array.isArray(rest.enum) && !rest.enum.includes(null) ? { enum: [...rest.enum, null] } : {}
    return { ...rest, type: [...new Set([...types, 'null'])], ...listed }
  }
  if (!isCombined(rest)) return rest
  const { description, title, ...checked } = rest
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    anyOf: [checked, { type: 'null' }],
  }
}

const isCombined = (schema: Schema): boolean =>
  ['$ref', 'allOf', 'anyOf', 'oneOf', 'not', 'const'].some((key) => Object.hasOwn(schema, key))
