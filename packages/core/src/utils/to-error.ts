import { isPromise } from './type-guards.ts'

/** The text of whatever was thrown: an error's message, or the value as a string. Never throws. */
export function textOf(thrown: unknown): string {
  return tryToText(thrown) ?? 'A value was thrown that cannot be shown as text'
}

/** The text of whatever was thrown; undefined for a value that has none, such as a revoked proxy. */
export function tryToText(thrown: unknown): string | undefined {
  try {
    const text: unknown = thrown instanceof Error ? thrown.message : thrown
    return typeof text === 'string' ? text : String(text)
  } catch {
    return undefined
  }
}

/** Whatever was thrown as an `Error` whose message can be read. Never throws. */
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
 * Makes the function that reports errors to a callback of the user's. The callback gets an `Error`, whatever
 * was thrown; what the callback throws or rejects with is ignored, since reporting never changes an answer.
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
