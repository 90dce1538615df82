import { insufficientScope } from './errors.ts'
import type { AuthInfo } from './verifier.ts'

/** Which scopes a scope includes, such as `{ admin: ['notes:write'], 'notes:write': ['notes:read'] }`. */
export type ScopeHierarchy = Readonly<Record<string, readonly string[]>>

/** Whether the granted scopes, together with all scopes that they include, contain every required one. */
export function coversScopes(
  granted: readonly string[],
  required: readonly string[],
  hierarchy: ScopeHierarchy = {},
): boolean {
  if (required.length === 0) return true
  const held = new Set(granted)
  // The loop also visits the scopes that it adds, so that all levels of the hierarchy count.
  for (const scope of held) {
    if (Object.hasOwn(hierarchy, scope)) for (const included of hierarchy[scope]!) held.add(included)
  }
  return required.every((scope) => held.has(scope))
}

/**
 * Checks that an identity has all required scopes.
 *
 * @throws OAuthError `insufficient_scope` if it does not.
 */
export function requireScopes(
  { scopes }: AuthInfo,
  required: readonly string[],
  hierarchy: ScopeHierarchy | undefined,
): void {
  if (!coversScopes(scopes, required, hierarchy)) throw insufficientScope()
}
