import type { Schema } from '@cfworker/json-schema'

/** A value that takes too many steps to check. */
export class TooManySteps extends Error {}

/**
 * Bounds the steps of a validator, whose number doubles with every subschema that is referred to twice.
 *
 * @param parts - Every subschema that the validator enters.
 * @returns Runs a check that throws `TooManySteps` once it has entered more than `limit` of them.
 */
export function limitSteps(parts: Iterable<Schema>, limit: number): <T>(check: () => T) => T {
  let left = Number.POSITIVE_INFINITY
  for (const part of new Set(parts)) {
    const { type } = part
    const enter = (): typeof type => {
      if (left-- === 0) throw new TooManySteps()
      return type
    }
    // what the validator reads first of each
    Object.defineProperty(part, 'type', { get: enter, configurable: true })
  }
  return (check) => {
    left = limit
    return check()
  }
}
