import { isObject } from './objects.ts'
import type { ParameterSlot } from './operation-call.ts'

/** A name and a value, encoded where they stand. */
export type Pair = [name: string, value: string]

/**
 * A parameter in a path segment (OpenAPI 3.1.1, "Style Values": simple, label, matrix).
 *
 * @throws TypeError for a value that would lead to another path.
 */
export function inPath(slot: ParameterSlot, value: unknown): string {
  const { name, style, explode } = slot
  const prefix = { label: '.', matrix: ';' }[style] ?? ''
  const separator = explode && prefix ? prefix : ','
  const joined = parts(slot, value, separator, encodeURIComponent)
  const text = style === 'matrix' && !(explode && typeof value === 'object') ? `${name}=${joined}` : joined
  if (joined === '' || /^\.{1,2}$/.test(prefix + text)) {
    throw new TypeError(`"${name}" must not be empty, "." or ".."`)
  }
  return prefix + text
}

/** A parameter as a header (simple), not encoded. */
export const inHeader = (slot: ParameterSlot, value: unknown): string =>
  parts(slot, value, ',', (text) => text)

/** A parameter as query or cookie pairs (form, spaceDelimited, pipeDelimited, deepObject). */
export function asPairs(
  slot: Pick<ParameterSlot, 'name' | 'style' | 'explode' | 'mediaType'>,
  value: unknown,
): Pair[] {
  const { name, style, explode, mediaType } = slot
  if (mediaType || typeof value !== 'object' || value === null) return [[name, plain(slot, value)]]
  if (style === 'deepObject') return deepPairs(name, value)
  if (explode && style === 'form') {
    return Array.isArray(value)
      ? value.map((one): Pair => [name, textOf(one)])
      : present(value).map(([key, member]): Pair => [key, textOf(member)])
  }
  if (explode && Array.isArray(value)) return value.map((one): Pair => [name, textOf(one)])
  const separator = { spaceDelimited: ' ', pipeDelimited: '|' }[style] ?? ','
  const members = Array.isArray(value) ? value : present(value).flat()
  return [[name, members.map(textOf).join(separator)]]
}

function deepPairs(name: string, value: unknown): Pair[] {
  if (Array.isArray(value)) return value.flatMap((one) => deepPairs(name, one))
  if (!isObject(value)) return [[name, textOf(value)]]
  return present(value).flatMap(([key, member]) => deepPairs(`${name}[${key}]`, member))
}

function parts(
  slot: ParameterSlot,
  value: unknown,
  separator: string,
  encode: (text: string) => string,
): string {
  if (slot.mediaType || typeof value !== 'object' || value === null) return encode(plain(slot, value))
  const { name, style, explode } = slot
  const write = (one: unknown): string => encode(textOf(one))
  if (Array.isArray(value)) {
    const isNamed = style === 'matrix' && explode
    return value.map((one) => (isNamed ? `${name}=${write(one)}` : write(one))).join(separator)
  }
  const members = present(value).map(
    ([key, member]) => `${encode(key)}${explode ? '=' : ','}${write(member)}`,
  )
  return members.join(separator)
}

const present = (value: object): [string, unknown][] =>
  Object.entries(value).filter(([, member]) => member !== undefined && member !== null)

const plain = ({ mediaType }: Pick<ParameterSlot, 'mediaType'>, value: unknown): string =>
  mediaType && /[/+]json$/i.test(mediaType) ? JSON.stringify(value) : textOf(value)

/** What stands for a value where only text can. */
export const textOf = (value: unknown): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '')
