import { isObject } from './objects.ts'
import type { ParameterSlot } from './operation-call.ts'

/** A name and a value, not encoded. */
export type Pair = [name: string, value: string]

/**
 * Serializes a path parameter (OpenAPI 3.1.1, "Style Values": simple, label, matrix).
 *
 * @throws TypeError if the value would lead to another path.
 */
export function serializePath(slot: ParameterSlot, value: unknown): string {
  const { name, style, explode } = slot
  const prefix = { label: '.', matrix: ';' }[style] ?? ''
  const separator = explode && prefix ? prefix : ','
  const joined = serializeParts(slot, value, separator, encodeURIComponent)
  const text = style === 'matrix' && !(explode && typeof value === 'object') ? `${name}=${joined}` : joined
  if (joined === '' || /^\.{1,2}$/.test(prefix + text)) {
    throw new TypeError(`"${name}" must not be empty, "." or ".."`)
  }
  return prefix + text
}

/** Serializes a header parameter (simple), without encoding. */
export const serializeHeader = (slot: ParameterSlot, value: unknown): string =>
  serializeParts(slot, value, ',', (text) => text)

/** Serializes a query or cookie parameter (form, spaceDelimited, pipeDelimited, deepObject). */
export function serializePairs(
  slot: Pick<ParameterSlot, 'name' | 'style' | 'explode' | 'mediaType'>,
  value: unknown,
): Pair[] {
  const { name, style, explode, mediaType } = slot
  if (mediaType || typeof value !== 'object' || value === null) return [[name, serializePlain(slot, value)]]
  if (style === 'deepObject') return serializeDeep(name, value)
  if (explode && style === 'form') {
    return Array.isArray(value)
      ? value.map((one): Pair => [name, toText(one)])
      : listPresent(value).map(([key, member]): Pair => [key, toText(member)])
  }
  if (explode && Array.isArray(value)) return value.map((one): Pair => [name, toText(one)])
  const separator = { spaceDelimited: ' ', pipeDelimited: '|' }[style] ?? ','
  const members = Array.isArray(value) ? value : listPresent(value).flat()
  return [[name, members.map(toText).join(separator)]]
}

function serializeDeep(name: string, value: unknown): Pair[] {
  if (Array.isArray(value)) return value.flatMap((one) => serializeDeep(name, one))
  if (!isObject(value)) return [[name, toText(value)]]
  return listPresent(value).flatMap(([key, member]) => serializeDeep(`${name}[${key}]`, member))
}

function serializeParts(
  slot: ParameterSlot,
  value: unknown,
  separator: string,
  encode: (text: string) => string,
): string {
  if (slot.mediaType || typeof value !== 'object' || value === null)
    return encode(serializePlain(slot, value))
  const { name, style, explode } = slot
  const write = (one: unknown): string => encode(toText(one))
  if (Array.isArray(value)) {
    const isNamed = style === 'matrix' && explode
    return value.map((one) => (isNamed ? `${name}=${write(one)}` : write(one))).join(separator)
  }
  const members = listPresent(value).map(
    ([key, member]) => `${encode(key)}${explode ? '=' : ','}${write(member)}`,
  )
  return members.join(separator)
}

const listPresent = (value: object): [string, unknown][] =>
  Object.entries(value).filter(([, member]) => member !== undefined && member !== null)

const serializePlain = ({ mediaType }: Pick<ParameterSlot, 'mediaType'>, value: unknown): string =>
  mediaType && /[/+]json$/i.test(mediaType) ? JSON.stringify(value) : toText(value)

/** Converts a value to text. */
export const toText = (value: unknown): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '')
