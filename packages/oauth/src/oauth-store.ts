import { toError } from '@portico-mcp/core/internal'
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
  async function guarded<Result>(ask: () => Promise<Result>): Promise<Result> {
    try {
      return await ask()
    } catch (cause) {
      throw new OAuthServerRefusal('store-unavailable', {
        cause: toError(cause),
        headers: { 'retry-after': '5' },
      })
    }
  }
  return {
    createSession: (...args) => guarded(() => store.createSession(...args)),
    getSession: (...args) => guarded(() => store.getSession(...args)),
    updateSession: (...args) => guarded(() => store.updateSession(...args)),
    deleteSession: (...args) => guarded(() => store.deleteSession(...args)),
    touchSession: (...args) => guarded(() => store.touchSession(...args)),
    sessionExists: (...args) => guarded(() => store.sessionExists(...args)),
  }
}
