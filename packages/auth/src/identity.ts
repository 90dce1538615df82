import { readClaims, readSubject } from '@portico-mcp/core/internal'
import { authStorage } from './context.ts'
import { coversScopes } from './hierarchy.ts'
import type { Claims } from './verifier.ts'

/** The members that are derived from the claims of every kind of token. */
interface DerivedMembers {
  /**
   * The user: the `sub` claim, else `userId`. If neither identifies a user, it is a digest of the token: `token:` and 64
   * characters.
   */
  id: string
  /** The client that the token was issued to. */
  clientId: string
  /** The scopes of the token, whichever claim contained them. */
  scopes: string[]
}

/** The claims of a verified token, with {@link DerivedMembers} that the claims lack. */
export type Identity<T = Claims> = T &
  (string extends keyof T ? DerivedMembers : Omit<DerivedMembers, keyof T>)

/**
 * Returns the identity of the caller, anywhere behind `withAuth`: in the factory, in a tool, and in functions that a tool
 * calls. The claims are returned unchanged; `id`, `clientId` and `scopes` are added if the claims lack them.
 *
 * @returns undefined for an anonymous call of a public method, and outside of a call.
 */
export function getIdentity<T extends object = Claims>(): Identity<T> | undefined {
  const authInfo = authStorage.getStore()?.authInfo
  if (!authInfo) return undefined
  const { clientId, scopes } = authInfo
  const claims = readClaims(authInfo)
  return {
    ...claims,
    id: isMissing(claims.id) ? readSubject(authInfo) : claims.id,
    clientId: isMissing(claims.clientId) ? clientId : claims.clientId,
    // A claim with scopes that were not granted is replaced: code that reads it must not take them for granted.
    scopes: isSubset(claims.scopes, scopes) ? claims.scopes : [...scopes],
  } as unknown as Identity<T>
}

const isMissing = (value: unknown): boolean => value === undefined || value === null || value === ''

const isSubset = (value: unknown, granted: readonly string[]): boolean =>
  Array.isArray(value) && value.every((scope) => granted.includes(scope))

/**
 * Checks scopes inside a handler, for requirements that depend on more than the name of a tool. The `scopeHierarchy` of
 * `withAuth` applies. If the requirement depends on the name alone, use `scopes()`: its 403 lets the client request more
 * scopes.
 *
 * @param required - The scopes that the call requires, all of them.
 * @throws Error that names the required scopes. The SDK answers it as a tool error.
 */
export function checkScopes(required: readonly string[]): void {
  if (required.length === 0) return
  const caller = authStorage.getStore()
  const granted = caller?.authInfo.scopes ?? []
  if (coversScopes(granted, required, caller?.scopeHierarchy)) return
  throw new Error(`Insufficient scopes. Required: ${required.join(', ')}`)
}
