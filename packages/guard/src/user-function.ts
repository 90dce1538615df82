import { isPromise } from '@portico-mcp/core/internal'
import { GuardRefusal } from './refusal.ts'

/**
 * Calls a function that was given as an option. A promise that it returns where none is waited for cannot end the
 * process.
 *
 * @throws GuardRefusal `check-failed` (500) for whatever it throws: no request passes unchecked.
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

/** An option's function has failed. */
export const checkFailed = (option: string, cause: unknown): GuardRefusal =>
  new GuardRefusal('check-failed', `The request could not be checked: ${option} failed`, { cause })

/** The result of a check, or the refusal that it threw. */
export function refusedBy<T>(check: () => T): T | GuardRefusal {
  try {
    return check()
  } catch (error) {
    if (error instanceof GuardRefusal) return error
    throw error
  }
}
