import { toError } from '@portico-mcp/core/internal'
import type { SessionStore } from '@portico-mcp/sessions'
import { OAuthServerRefusal } from './refusal.ts'

/**
 * The methods of a session store that an authorization server needs. `createSession` must be atomic: of several calls with
 * the same id, one returns `true`. Codes and refresh tokens are marked as used this way.
 */
export type OAuthStore = Pick<
  SessionStore,
  'createSession' | 'getSession' | 'updateSession' | 'deleteSession' | 'touchSession' | 'sessionExists'
>

/** The methods of {@link OAuthStore}. */
export const STORE_METHODS: readonly (keyof OAuthStore)[] = [
  'createSession',
  'getSession',
  'updateSession',
  'deleteSession',
  'touchSession',
  'sessionExists',
]

/** Wraps a store, so that its errors become refusals with the reason `store-unavailable`. */
export function wrapStoreErrors(store: OAuthStore): OAuthStore {
  async function wrapErrors<Result>(call: () => Promise<Result>): Promise<Result> {
    try {
      return await call()
    } catch (cause) {
      throw new OAuthServerRefusal('store-unavailable', {
        cause: toError(cause),
        headers: { 'retry-after': '5' },
      })
    }
  }
  return {
    createSession: (...args) => wrapErrors(() => store.createSession(...args)),
    getSession: (...args) => wrapErrors(() => store.getSession(...args)),
    updateSession: (...args) => wrapErrors(() => store.updateSession(...args)),
    deleteSession: (...args) => wrapErrors(() => store.deleteSession(...args)),
    touchSession: (...args) => wrapErrors(() => store.touchSession(...args)),
    sessionExists: (...args) => wrapErrors(() => store.sessionExists(...args)),
  }
}
