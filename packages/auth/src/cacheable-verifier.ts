import type { OAuthTokenVerifier } from './verifier.ts'

type VerifyAccessToken = OAuthTokenVerifier['verifyAccessToken']

/** How a verifier allows its answers to be remembered. */
interface Permission {
  /** The function that was declared; a verifier whose function was replaced since is not remembered. */
  verify: VerifyAccessToken
  /** Whether one of its answers may be remembered; absent where all of them may. */
  allows?: ((answer: object) => boolean) | undefined
}

// by identity, so that a copy such as `{ ...verifier, verifyAccessToken }` with a check of its own is not included
const permissions = new WeakMap<OAuthTokenVerifier, Permission>()

/**
 * Declares that a verifier's answer depends on the token alone until the token expires, so that the `tokenCache` of
 * `withAuth` and `requireBearerAuth` may remember it. Use it for verifiers of your own that only check a signature.
 * Do not use it where a token, a user or a tenant can be revoked before the token expires, and where verifying has
 * side effects such as counting: without the declaration, the verifier is called for every request.
 *
 * `jwtVerifier`, `oidcVerifier` and `cognitoVerifier` are declared already, unless one of their options is a function.
 *
 * @param verifier - The declaration holds for this object and its current `verifyAccessToken`; a copy that replaces the
 *   function needs its own.
 * @returns The same verifier.
 *
 * @example
 * ```ts
 * import { cacheableVerifier, jwtVerifier } from '@portico-mcp/auth'
 *
 * export const verifier = cacheableVerifier(
 *   jwtVerifier({
 *     issuer: 'https://auth.example.com',
 *     jwksUri: 'https://auth.example.com/jwks.json',
 *     scopesFrom: ({ permissions }) => (Array.isArray(permissions) ? permissions : []),
 *   }),
 * )
 * ```
 */
export function cacheableVerifier<V extends OAuthTokenVerifier>(verifier: V): V {
  permissions.set(verifier, { verify: verifier.verifyAccessToken })
  return verifier
}

/** What of a verifier's options may be a function of the user's that decides about a token. */
interface Deciding {
  tenants?: unknown
  scopesFrom?: unknown
  clientIdFrom?: unknown
}

/** Declares a verifier, unless a function of the user's decides: it may decide otherwise for the next request. */
export function cacheableByOptions(
  verifier: OAuthTokenVerifier,
  { tenants, scopesFrom, clientIdFrom }: Deciding,
): OAuthTokenVerifier {
  const isDecided = [tenants, scopesFrom, clientIdFrom].every((option) => typeof option !== 'function')
  return isDecided ? cacheableVerifier(verifier) : verifier
}

/** Declares a verifier of which only some answers may be remembered. */
export function partlyCacheableVerifier<V extends OAuthTokenVerifier>(
  verifier: V,
  allows: (answer: object) => boolean,
): V {
  permissions.set(verifier, { verify: verifier.verifyAccessToken, allows })
  return verifier
}

/** Whether some of a verifier's answers may be remembered. */
export const mayCache = (verifier: OAuthTokenVerifier): boolean => permissionOf(verifier) !== undefined

/** Whether all answers of a verifier may be remembered, so that parallel requests can share one verification. */
export function isCacheable(verifier: OAuthTokenVerifier): boolean {
  const permission = permissionOf(verifier)
  return permission !== undefined && permission.allows === undefined
}

/** Whether this answer of a verifier may be remembered. */
export function mayCacheAnswer(verifier: OAuthTokenVerifier, answer: unknown): boolean {
  const permission = permissionOf(verifier)
  if (!permission || typeof answer !== 'object' || answer === null) return false
  return permission.allows?.(answer) ?? true
}

function permissionOf(verifier: OAuthTokenVerifier): Permission | undefined {
  const permission = permissions.get(verifier)
  return permission?.verify === verifier.verifyAccessToken ? permission : undefined
}
