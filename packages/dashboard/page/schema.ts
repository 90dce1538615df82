/** A JSON Schema, as a server sends it: anything may be in it. */
export type Schema = Record<string, any>

export type Kind =
  | 'union'
  | 'enum'
  | 'object'
  | 'array'
  | 'string'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'null'
  | 'any'

const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']
const MAX_HOPS = 16

/** A schema with its references followed and `allOf` merged; what cannot be followed allows anything. */
export function resolve(schema: unknown, root: Schema, hops = 0): Schema {
  if (!isObject(schema) || hops > MAX_HOPS) return {}
  const { $ref, allOf, ...own } = schema
  const referred = typeof $ref === 'string' ? resolve(referenceOf($ref, root), root, hops + 1) : {}
  const parts = Array.isArray(allOf) ? allOf.map((part) => resolve(part, root, hops + 1)) : []
  return [referred, ...parts].reduceRight(merge, own)
}

function merge(over: Schema, under: Schema): Schema {
  const merged = { ...under, ...over }
  if (under.properties && over.properties) merged.properties = { ...under.properties, ...over.properties }
  if (under.required && over.required) merged.required = [...new Set([...under.required, ...over.required])]
  return merged
}

function referenceOf(ref: string, root: Schema): unknown {
  if (!ref.startsWith('#')) return undefined
  return ref
    .slice(1)
    .split('/')
    .filter(Boolean)
    .map((step) => decodeURIComponent(step).replace(/~1/g, '/').replace(/~0/g, '~'))
    .reduce<any>(
      (place, step) =>
        isContainer(place) && Object.hasOwn(place, step) ? (place as Schema)[step] : undefined,
      root,
    )
}

/** What kind of control a resolved schema takes. */
export function kindOf(schema: Schema): Kind {
  if (choicesOf(schema)) return 'enum'
  if (variantsOf(schema)) return 'union'
  if (typeof schema.type === 'string' && TYPES.includes(schema.type)) return schema.type as Kind
  if (schema.properties) return 'object'
  if (schema.items) return 'array'
  return 'any'
}

export interface Choice {
  value: unknown
  label: string
}

/** The values that a schema has to choose from, if it lists them. */
export function choicesOf(schema: Schema): Choice[] | undefined {
  const { enum: values, enumNames: names } = schema
  if (Array.isArray(values)) {
    return values.map((value, index) => ({ value, label: String(names?.[index] ?? textOf(value)) }))
  }
  if ('const' in schema) return [{ value: schema.const, label: textOf(schema.const) }]
  const variants = schema.oneOf ?? schema.anyOf
  if (!Array.isArray(variants) || !variants.every((variant) => isObject(variant) && 'const' in variant)) {
    return undefined
  }
  return variants.map((variant) => ({
    value: variant.const,
    label: String(variant.title ?? textOf(variant.const)),
  }))
}

/** The schemas that a union has to choose from. */
export function variantsOf(schema: Schema): unknown[] | undefined {
  const { oneOf, anyOf, type, ...rest } = schema
  const variants = oneOf ?? anyOf
  if (Array.isArray(variants) && variants.length > 0) {
    // what only asks for members is no choice of shapes
    const isShape = variants.some(
      (variant) => isObject(variant) && Object.keys(variant).some((key) => key !== 'required'),
    )
    if (!isShape) return undefined
    const { title: _, description: __, default: ___, ...shared } = rest
    return variants.map((variant) =>
      isObject(variant) ? { ...(type && { type }), ...shared, ...variant } : variant,
    )
  }
  return Array.isArray(type) ? type.map((one) => ({ ...rest, type: one })) : undefined
}

export const isRequiredIn = ({ required }: Schema, name: string): boolean =>
  Array.isArray(required) && required.includes(name)

/** Which variant of a union a value is most likely of. */
export function variantOf(variants: readonly unknown[], value: unknown, root: Schema): number {
  const found = variants.findIndex((variant) => matches(resolve(variant, root), value, root))
  return Math.max(found, 0)
}

function matches(schema: Schema, value: unknown, root: Schema): boolean {
  if (choicesOf(schema)) return choicesOf(schema)!.some((choice) => choice.value === value)
  const kind = kindOf(schema)
  if (kind === 'union')
    return variantsOf(schema)!.some((variant) => matches(resolve(variant, root), value, root))
  if (kind === 'any') return true
  if (kind === 'integer') return Number.isInteger(value)
  if (typeOf(value) !== kind) return false
  if (kind !== 'object') return true
  // a member that is constant tells variants apart
  return Object.entries<Schema>(schema.properties ?? {}).every(([name, property]) => {
    const constant = resolve(property, root).const
    return constant === undefined || (value as Schema)[name] === constant
  })
}

/** In a few words, what a value has to be. */
export function summaryOf(given: unknown, root: Schema): string {
  const schema = resolve(given, root)
  const kind = kindOf(schema)
  if (kind === 'enum') return 'choice'
  if (kind === 'union')
    return variantsOf(schema)!
      .map((variant) => nameOf(variant, root))
      .join(' | ')
  if (kind === 'array') return `${schema.items ? summaryOf(schema.items, root) : 'any'}[]`
  return schema.format ? `${kind}, ${schema.format}` : kind
}

/** What a variant is called. */
export function nameOf(variant: unknown, root: Schema): string {
  const schema = resolve(variant, root)
  if (typeof schema.title === 'string') return schema.title
  const [constant] = Object.values<any>(schema.properties ?? {}).flatMap(
    (property) => resolve(property, root).const ?? [],
  )
  return constant === undefined ? summaryOf(schema, root) : textOf(constant)
}

/** The limits that a schema sets, to be read. */
export function limitsOf(schema: Schema): string[] {
  const limits: [string, unknown][] = [
    ['at least', schema.minimum ?? schema.minLength ?? schema.minItems],
    ['more than', schema.exclusiveMinimum],
    ['at most', schema.maximum ?? schema.maxLength ?? schema.maxItems],
    ['less than', schema.exclusiveMaximum],
    ['a multiple of', schema.multipleOf],
    // the format says it in a word
    ['matching', typeof schema.format === 'string' ? undefined : schema.pattern],
  ]
  // what stands for no limit
  const isLimit = (value: unknown): boolean =>
    value !== undefined && Math.abs(Number(value)) !== Number.MAX_SAFE_INTEGER
  const unit = schema.type === 'string' ? ' character' : schema.type === 'array' ? ' item' : ''
  const unitOf = (value: unknown): string => (unit && value !== 1 ? `${unit}s` : unit)
  return limits
    .filter(([, value]) => isLimit(value))
    .map(([word, value]) => `${word} ${value}${word === 'matching' ? '' : unitOf(value)}`)
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

const typeOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value

export const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null
