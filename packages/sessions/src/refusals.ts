import { Refusal } from '@portico-mcp/core'

const RETRY_AFTER = { 'retry-after': '5' }

export const sessionRequired = (): Refusal =>
  new Refusal('session-required', 'Mcp-Session-Id is required: open a session with initialize')

/** Says the same of a session that never was, has ended, or is another's. */
export const sessionNotFound = (): Refusal => new Refusal('session-not-found', 'Session not found')

export const sessionEnded = (): Refusal => new Refusal('session-not-found', 'The session has ended')

export const sessionsBusy = (): Refusal =>
  new Refusal('sessions-busy', 'Every session is busy: try again later', { headers: RETRY_AFTER })

/** What the storage or the bus threw, as a refusal that is not taken for a session that is not there. */
export const storeUnavailable = (cause: unknown): Refusal =>
  cause instanceof Refusal
    ? cause
    : new Refusal('store-unavailable', 'Sessions cannot be reached: try again later', {
        headers: RETRY_AFTER,
        cause,
      })

/** Settles as the promise does; what it rejects with becomes {@link storeUnavailable}. */
export async function wrapStoreErrors<T>(promise: Promise<T> | T): Promise<T> {
  try {
    return await promise
  } catch (cause) {
    throw storeUnavailable(cause)
  }
}
