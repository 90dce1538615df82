import { claimsOf, subjectOf } from '@portico-mcp/core/internal'
import { authStorage } from './context.ts'
import { coversScopes } from './hierarchy.ts'
import type { Claims } from './verifier.ts'

/** What follows from the claims of every kind of token. */
interface Derived {
  /**
   * Whom the claims are about: the `sub` claim, else `userId`. If neither identifies a user, it is a digest of the
   * token: `token:` and 64 characters.
   */
  id: string
  /** The client that the token was issued to. */
  clientId: string
  /** The scopes that it grants, wherever the claims had them. */
  scopes: string[]
}

/** The claims of a verified token, as the verifier answered them, and what follows from them where they lack it. */
export type Identity<T = Claims> = T & (string extends keyof T ? Derived : Omit<Derived, keyof T>)

/**
 * Who is calling, anywhere beneath `withAuth`: in the factory, in a tool, in what a tool calls. Members of the
 * claims stay what they are; `id`, `clientId` and `scopes` are added where the claims lack them.
 *
 * @returns undefined for an anonymous call of a public method, and outside of any call.
 */
export function getIdentity<T extends object = Claims>(): Identity<T> | undefined {
  const authInfo = authStorage.getStore()?.authInfo
  if (!authInfo) return undefined
  const { clientId, scopes } = authInfo
  const claims = claimsOf(authInfo)
  return {
    ...claims,
    id: isMissing(claims.id) ? subjectOf(authInfo) : claims.id,
    clientId: isMissing(claims.clientId) ? clientId : claims.clientId,
    // those that do not count must not look as if they did
    scopes: isPartOf(claims.scopes, scopes) ? claims.scopes : [...scopes],
  } as unknown as Identity<T>
}

const isMissing = (value: unknown): boolean => value === undefined || value === null || value === ''

const isPartOf = (value: unknown, granted: readonly string[]): boolean =>
  Array.isArray(value) && value.every((scope) => granted.includes(scope))

/**
 * Demands scopes inside a handler, where it depends on more than the name of a tool. The hierarchy of
 * `withAuth` counts. For what depends on the name alone, `scopes()` lets the client step up.
 *
 * @param required - Scopes that the call needs, all of them.
 * @throws Error which the SDK answers as a tool error; it names all that are required.
 */
export function checkScopes(required: readonly string[]): void {
  if (required.length === 0) return
  const caller = authStorage.getStore()
  const granted = caller?.authInfo.scopes ?? []
  if (coversScopes(granted, required, caller?.scopeHierarchy)) return
  throw new Error(`Insufficient scopes. Required: ${required.join(', ')}`)
}
