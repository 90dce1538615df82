import { isObject } from './schema.ts'

/** Returns the members of a value as texts; none if it is not an object. */
export const toTexts = (value: unknown): Record<string, string> =>
  isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, String(member)]))
    : {}
