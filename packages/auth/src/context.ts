import { AsyncLocalStorage } from 'node:async_hooks'
import { readAuthInfo } from '@portico-mcp/core/internal'
import type { ScopeHierarchy } from './hierarchy.ts'
import type { AuthInfo } from './verifier.ts'

/** What a request is known to be allowed. */
export interface AuthContext {
  /** Who is calling. */
  authInfo: AuthInfo
  /** Which scopes a scope includes. @defaultValue that of the `requireBearerAuth` which the identity comes from */
  scopeHierarchy?: ScopeHierarchy
}

/** The caller of the request that is being answered; undefined inside where there is none. */
export const authStorage: AsyncLocalStorage<AuthContext | undefined> = new AsyncLocalStorage()

const hierarchies: WeakMap<AuthInfo, ScopeHierarchy> = new WeakMap()

/**
 * Copies an identity, so that {@link runWithAuth} finds the hierarchy which its scopes are checked with. Frameworks
 * carry the identity alone from a check to the handler.
 */
export function withScopeHierarchy(authInfo: AuthInfo, scopeHierarchy: ScopeHierarchy): AuthInfo {
  const copy = { ...authInfo }
  hierarchies.set(copy, scopeHierarchy)
  return copy
}

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
  const scopeHierarchy = caller.scopeHierarchy ?? hierarchies.get(caller.authInfo)
  return authStorage.run(authInfo && { authInfo, scopeHierarchy }, run)
}
