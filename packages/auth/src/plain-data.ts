const MAX_DEPTH = 32

/**
 * Whether a value consists only of strings, numbers, booleans, `null`, `undefined`, URLs, arrays and plain objects, so that
 * {@link copyPlainData} can copy it. Class instances, functions and cycles are not plain data.
 */
export function isPlainData(value: unknown, depth = 0): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false
  if (typeof value !== 'object' || value === null || value instanceof URL) return true
  if (depth === MAX_DEPTH || !isPlainContainer(value)) return false
  return Object.values(value).every((member) => isPlainData(member, depth + 1))
}

function isPlainContainer(value: object): boolean {
  const keys = Reflect.ownKeys(value)
  if (Array.isArray(value)) return keys.length === value.length + 1
  const prototype: unknown = Object.getPrototypeOf(value)
  const isPlain = prototype !== null && Object.getPrototypeOf(prototype) === null
  return isPlain && keys.length === Object.keys(value).length
}

/** Returns a deep copy of plain data, and any other value unchanged. */
export const copyIfPlain = <T>(value: T): T => (isPlainData(value) ? copyPlainData(value) : value)

/** Returns a deep copy of plain data. It takes a tenth of the time of `structuredClone`. */
export function copyPlainData<T>(value: T): T
export function copyPlainData(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyPlainData)
  if (value instanceof URL) return new URL(value.href)
  const copy: Record<string, unknown> = { ...value }
  for (const name in copy) {
    const member = copy[name]
    if (typeof member === 'object' && member !== null) copy[name] = copyPlainData(member)
  }
  return copy
}
