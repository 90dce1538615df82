import { AsyncLocalStorage } from 'node:async_hooks'
import { readAuthInfo } from '@portico-mcp/core/internal'
import type { ScopeHierarchy } from './hierarchy.ts'
import type { AuthInfo } from './verifier.ts'

/** What a request is known to be allowed. */
export interface AuthContext {
  /** Who is calling. */
  authInfo: AuthInfo
  /** Which scopes a scope includes. @defaultValue none */
  scopeHierarchy?: ScopeHierarchy
}

/** The caller of the request that is being answered; undefined inside where there is none. */
export const authStorage: AsyncLocalStorage<AuthContext | undefined> = new AsyncLocalStorage()

/**
 * Runs a function for a verified caller: `getIdentity()` and `checkScopes()` know who it is, however deep.
 * `withAuth` does it; a middleware of your own that verifies tokens needs it.
 *
 * @param caller - The identity, and the hierarchy that `checkScopes` counts with.
 * @param run - Called at once, without arguments.
 * @returns What it returned.
 * @throws Refusal `unidentified-caller` if `authInfo` does not identify a caller.
 */
export function runWithAuth<T>(caller: AuthContext, run: () => T): T {
  const authInfo = readAuthInfo(caller.authInfo)
  return authStorage.run(authInfo && { ...caller, authInfo }, run)
}
