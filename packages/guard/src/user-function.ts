import { isPromise } from '@portico-mcp/core/internal'
import { GuardRefusal } from './refusal.ts'

/**
 * Calls a function that the user passed as an option. If it returns a promise, although none is awaited, a rejection is
 * ignored, so that it cannot end the process.
 *
 * @throws GuardRefusal `check-failed` (500) if the function throws: a request that cannot be checked is rejected.
 */
export function callOption<T>(option: string, call: () => T): T {
  try {
    const answer = call()
    if (isPromise(answer)) Promise.resolve(answer).catch(() => {})
    return answer
  } catch (cause) {
    throw checkFailed(option, cause)
  }
}

/** Creates the refusal for a function of an option that has failed. */
export const checkFailed = (option: string, cause: unknown): GuardRefusal =>
  new GuardRefusal('check-failed', `The request could not be checked: ${option} failed`, { cause })

/** Returns the result of a check, or the refusal that it threw. */
export function refusedBy<T>(check: () => T): T | GuardRefusal {
  try {
    return check()
  } catch (error) {
    if (error instanceof GuardRefusal) return error
    throw error
  }
}
