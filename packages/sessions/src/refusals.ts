import { Refusal } from '@portico-mcp/core'

const RETRY_AFTER = { 'retry-after': '5' }

export const sessionRequired = (): Refusal =>
  new Refusal('session-required', 'Mcp-Session-Id is required: open a session with initialize')

/** The answer is the same for an unknown session, one that has ended and one of another caller. */
export const sessionNotFound = (): Refusal => new Refusal('session-not-found', 'Session not found')

export const sessionEnded = (): Refusal => new Refusal('session-not-found', 'The session has ended')

export const sessionsBusy = (): Refusal =>
  new Refusal('sessions-busy', 'Every session is busy: try again later', { headers: RETRY_AFTER })

/** Turns an error of a store or the bus into a 503, so that the client does not take the session for lost. */
export const storeUnavailable = (cause: unknown): Refusal =>
  cause instanceof Refusal
    ? cause
    : new Refusal('store-unavailable', 'Sessions cannot be reached: try again later', {
        headers: RETRY_AFTER,
        cause,
      })

/** Settles as the promise does. An error is wrapped by {@link storeUnavailable}. */
export async function wrapStoreErrors<T>(promise: Promise<T> | T): Promise<T> {
  try {
    return await promise
  } catch (cause) {
    throw storeUnavailable(cause)
  }
}
