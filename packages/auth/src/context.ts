import { AsyncLocalStorage } from 'node:async_hooks'
import { readAuthInfo } from '@portico-mcp/core/internal'
import type { ScopeHierarchy } from './hierarchy.ts'
import type { AuthInfo } from './verifier.ts'

/** The verified caller of a request. */
export interface AuthContext {
  /** The identity of the caller. */
  authInfo: AuthInfo
  /** Which scopes a scope includes. @defaultValue the hierarchy of the `requireBearerAuth` that returned the identity */
  scopeHierarchy?: ScopeHierarchy
}

/** Holds the caller of the current request. The store is undefined for an anonymous request. */
export const authStorage: AsyncLocalStorage<AuthContext | undefined> = new AsyncLocalStorage()

const hierarchies: WeakMap<AuthInfo, ScopeHierarchy> = new WeakMap()

/**
 * Copies an identity and associates a scope hierarchy with the copy, for {@link runWithAuth}. Frameworks pass only the
 * identity from a check to the handler, so the hierarchy cannot be passed beside it.
 */
export function withScopeHierarchy(authInfo: AuthInfo, scopeHierarchy: ScopeHierarchy): AuthInfo {
  const copy = { ...authInfo }
  hierarchies.set(copy, scopeHierarchy)
  return copy
}

/**
 * Runs a function as a verified caller: `getIdentity()` and `checkScopes()` use that identity in everything that the
 * function calls. `withAuth` does this. Call it in middleware of your own that verifies tokens.
 *
 * @param caller - The identity, and the scope hierarchy for `checkScopes`.
 * @param run - Called immediately, without arguments.
 * @returns The return value of `run`.
 * @throws Refusal `unidentified-caller` if `authInfo` does not identify a caller.
 */
export function runWithAuth<T>(caller: AuthContext, run: () => T): T {
  const authInfo = readAuthInfo(caller.authInfo)
  const scopeHierarchy = caller.scopeHierarchy ?? hierarchies.get(caller.authInfo)
  return authStorage.run(authInfo && { authInfo, scopeHierarchy }, run)
}
