import type { JWTVerifyGetKey } from 'jose'
import { type JwtChecks, readChecks } from './check-jwt.ts'
import { authInfoOf } from './claims.ts'
import { type AuthorizationServerMetadata, type DocumentFetching, discoverer } from './discovery.ts'
import { unavailable } from './errors.ts'
import { type KeyFetching, remoteKeys } from './remote-keys.ts'
import { secureUrl } from './resource-url.ts'
import type { OAuthTokenVerifier } from './verifier.ts'

/** Options of {@link oidcVerifier}. */
export interface OidcVerifierOptions extends JwtChecks, KeyFetching, DocumentFetching {
  /** The exact issuer; its document says where the keys are. */
  issuer: string
}

/**
 * Verifies the JWT access tokens of an authorization server whose document is discovered (RFC 8414, OpenID
 * Connect Discovery), when the first token comes. A server that cannot be reached is 503, and asked again.
 *
 * @param options - See {@link OidcVerifierOptions}.
 * @throws TypeError for an issuer that may not be trusted, or an algorithm without a public key.
 *
 * @example
 * ```ts
 * import { oidcVerifier } from '@portico-mcp/auth'
 *
 * export const verifier = oidcVerifier({ issuer: 'https://auth.example.com' })
 * ```
 */
export function oidcVerifier(options: OidcVerifierOptions): OAuthTokenVerifier {
  const { issuer, audience } = options
  const discover = discoverer(issuer, options)
  const check = readChecks(options)
  const known = new Map<string, JWTVerifyGetKey>()

  function keysOf({ jwks_uri }: AuthorizationServerMetadata): JWTVerifyGetKey {
    const url = secureUrl('jwks_uri', String(jwks_uri))
    const keys = known.get(url.href) ?? remoteKeys(url, options)
    known.clear()
    known.set(url.href, keys)
    return keys
  }

  const keys: JWTVerifyGetKey = async (header, token) => {
    let found: JWTVerifyGetKey
    try {
      found = keysOf(await discover())
    } catch (error) {
      throw unavailable(error)
    }
    return found(header, token)
  }
  return {
    name: `oidcVerifier(${issuer})`,
    verifyAccessToken: async (token, expectation) =>
      authInfoOf(token, await check(token, keys, issuer), expectation, audience, options),
  }
}
