import { isPromise } from './type-guards.ts'

/** Converts a thrown value to text: the message of an error, or the value as a string. It never throws. */
export function textOf(thrown: unknown): string {
  return tryToText(thrown) ?? 'A value was thrown that cannot be shown as text'
}

/** Converts a thrown value to text; undefined if that is not possible, as for a revoked proxy. */
export function tryToText(thrown: unknown): string | undefined {
  try {
    const text: unknown = thrown instanceof Error ? thrown.message : thrown
    return typeof text === 'string' ? text : String(text)
  } catch {
    return undefined
  }
}

/** Converts a thrown value to an `Error` whose message can be read. It never throws. */
export function toError(thrown: unknown): Error {
  return isReadableError(thrown) ? thrown : new Error(textOf(thrown))
}

/** `instanceof Error` throws for a revoked proxy, and a `message` may be a getter that throws. */
function isReadableError(thrown: unknown): thrown is Error {
  try {
    return thrown instanceof Error && typeof thrown.message === 'string'
  } catch {
    return false
  }
}

/**
 * Creates the function that reports errors to a callback of the user. The callback gets an `Error` for any thrown value.
 * If the callback throws or rejects, that is ignored, since reporting never changes an answer.
 *
 * @param onerror - The callback; undefined reports nothing.
 */
export function reporter(onerror: ((error: Error) => unknown) | undefined): (thrown: unknown) => void {
  return (thrown) => {
    try {
      const reported = onerror?.(toError(thrown))
      if (isPromise(reported)) Promise.resolve(reported).catch(() => {})
    } catch {
      // reporting never changes an answer
    }
  }
}
