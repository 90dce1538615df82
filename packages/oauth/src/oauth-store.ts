import type { SessionStore } from '@portico-mcp/sessions'
import { OAuthServerRefusal } from './refusal.ts'

/**
 * What is needed of a session store. Adding a record is its one step that only one of several at once gets through:
 * by it, a code or a refresh token is taken.
 */
export type OAuthStore = Pick<
  SessionStore,
  'createSession' | 'getSession' | 'updateSession' | 'deleteSession' | 'touchSession' | 'sessionExists'
>

/** The store; where it fails, `store-unavailable` is thrown. */
export function refusing(store: OAuthStore): OAuthStore {
  const guarded =
    <Args extends unknown[], Result>(method: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      try {
        return await method.apply(store, args)
      } catch (cause) {
        throw new OAuthServerRefusal('store-unavailable', { cause, headers: { 'retry-after': '5' } })
      }
    }
  return {
    createSession: guarded(store.createSession),
    getSession: guarded(store.getSession),
    updateSession: guarded(store.updateSession),
    deleteSession: guarded(store.deleteSession),
    touchSession: guarded(store.touchSession),
    sessionExists: guarded(store.sessionExists),
  }
}
