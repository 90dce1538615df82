import type { OAuthTokenVerifier } from './verifier.ts'

type VerifyAccessToken = OAuthTokenVerifier['verifyAccessToken']

/** The declaration that answers of a verifier may be remembered. */
interface Permission {
  /** The declared function. If the verifier's function is replaced later, the declaration no longer holds. */
  verify: VerifyAccessToken
  /** Whether a single answer may be remembered. @defaultValue all of them may */
  allows?: ((answer: object) => boolean) | undefined
}

// A WeakMap, so that a copy such as `{ ...verifier, verifyAccessToken }` with its own check is not included.
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

/** Options of verifiers that may be functions of the user. */
interface DecidingOptions {
  tenants?: unknown
  scopesFrom?: unknown
  clientIdFrom?: unknown
}

/** Declares a verifier as cacheable, unless one of its options is a function, which may decide otherwise next time. */
export function cacheableByOptions(
  verifier: OAuthTokenVerifier,
  { tenants, scopesFrom, clientIdFrom }: DecidingOptions,
): OAuthTokenVerifier {
  const isFixed = [tenants, scopesFrom, clientIdFrom].every((option) => typeof option !== 'function')
  return isFixed ? cacheableVerifier(verifier) : verifier
}

/** Declares that some answers of a verifier may be remembered. */
export function partlyCacheableVerifier<V extends OAuthTokenVerifier>(
  verifier: V,
  allows: (answer: object) => boolean,
): V {
  permissions.set(verifier, { verify: verifier.verifyAccessToken, allows })
  return verifier
}

/** Whether some of a verifier's answers may be remembered. */
export const mayCache = (verifier: OAuthTokenVerifier): boolean => findPermission(verifier) !== undefined

/** Whether all answers of a verifier may be remembered, so that parallel requests can share one verification. */
export function isCacheable(verifier: OAuthTokenVerifier): boolean {
  const permission = findPermission(verifier)
  return permission !== undefined && permission.allows === undefined
}

/** Whether this answer of a verifier may be remembered. */
export function mayCacheAnswer(verifier: OAuthTokenVerifier, answer: unknown): boolean {
  const permission = findPermission(verifier)
  if (!permission || typeof answer !== 'object' || answer === null) return false
  return permission.allows?.(answer) ?? true
}

function findPermission(verifier: OAuthTokenVerifier): Permission | undefined {
  const permission = permissions.get(verifier)
  return permission?.verify === verifier.verifyAccessToken ? permission : undefined
}
