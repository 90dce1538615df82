type Schema = Record<string, any>

const DEEPEST = 12

const FORMATS: Record<string, string> = {
  date: '2024-01-31',
  'date-time': '2024-01-31T10:00:00Z',
  time: '10:00:00Z',
  uri: 'https://example.com/a',
  url: 'https://example.com/a',
  'uri-template': '/a/{b}',
  email: 'a@example.com',
  uuid: '123e4567-e89b-12d3-a456-426614174000',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
}

const TEXTS = [
  'text',
  'ab12',
  '1',
  '1234567890',
  'A1',
  'a-b',
  '+15551234567',
  'AC0123456789abcdef0123456789abcdef',
  '{"a":1}',
  '2024-01-31',
  'en',
  '0123456789abcdef0123456789abcdef01234567',
  'ssh-rsa AAAA',
]

/** Generates a value that matches a schema, with the required members only. */
export function generate(schema: unknown, defs: Schema, level = 0): unknown {
  const node = merged(schema, defs, level)
  if (Object.hasOwn(node, 'const')) return node.const
  if (Array.isArray(node.enum)) return node.enum.find((one: unknown) => one !== null) ?? null
  const type =
    [node.type].flat().find((one) => one !== 'null') ??
    (node.properties ? 'object' : node.items ? 'array' : 'string')
  if (type === 'object') return generateObject(node, defs, level)
  if (type === 'array') {
    const length = Math.max(node.minItems ?? 0, level < 3 && node.items ? 1 : 0)
    return Array.from({ length }, () => generate(node.items ?? {}, defs, level + 1))
  }
  if (type === 'integer' || type === 'number') return number(node)
  if (type === 'boolean') return true
  return type === 'null' ? null : text(node)
}

function generateObject(node: Schema, defs: Schema, level: number): Schema {
  const names = new Set<string>(node.required ?? [])
  const wanted = Math.max(node.minProperties ?? 0, level < 2 ? 2 : 0)
  for (const name of Object.keys(node.properties ?? {})) if (names.size < wanted) names.add(name)
  const members = [...names].map((name) => [name, generate(node.properties?.[name] ?? {}, defs, level + 1)])
  return Object.fromEntries(members)
}

/** Merges a schema with those that apply to the same value, and with the first of its alternatives. */
function merged(schema: unknown, defs: Schema, level: number): Schema {
  if (typeof schema !== 'object' || schema === null || level > DEEPEST * 3) return {}
  const { $ref, allOf = [], anyOf = [], oneOf = [], ...own } = schema as Schema
  const parts = [
    ...($ref ? [defs[$ref.replace('#/$defs/', '')]] : []),
    ...allOf,
    ...anyOf.slice(0, 1),
    ...oneOf.slice(0, 1),
  ]
  const all: Schema = own
  for (const part of parts) {
    const { required = [], properties, ...next } = merged(part, defs, level + 1)
    for (const [key, value] of Object.entries(next)) all[key] ??= value
    all.required = [...(all.required ?? []), ...required]
    all.properties = { ...properties, ...all.properties }
  }
  return all
}

function number({ minimum = 1, maximum, exclusiveMinimum, multipleOf = 1 }: Schema): number {
  const least =
    Math.ceil((exclusiveMinimum === undefined ? minimum : exclusiveMinimum + 1) / multipleOf) * multipleOf
  return maximum === undefined ? least : Math.min(least, maximum)
}

function text({
  format,
  pattern,
  minLength = 0,
  maxLength = 1000,
  contentEncoding,
  example,
  default: usual,
}: Schema): string {
  if (contentEncoding === 'base64') return 'AAECAw=='
  const hex = /^\^\(?(\w+)[^[]*\[0-9a-fA-F\]\{(\d+)\}\$$/.exec(pattern ?? '')
  const id = hex ? hex[1] + '0'.repeat(Number(hex[2])) : undefined
  const candidates = [example, usual, id, FORMATS[format], ...TEXTS, 'x'.repeat(minLength)].filter(
    (one) => typeof one === 'string',
  )
  const fits = (one: string) =>
    (!pattern || new RegExp(pattern, 'u').test(one)) && one.length >= minLength && one.length <= maxLength
  return (format && FORMATS[format]) ?? candidates.find(fits) ?? 'x'
}
