import { createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { type JwtChecks, readChecks } from './check-jwt.ts'
import { authInfoOf } from './claims.ts'
import { type KeyFetching, remoteKeys } from './remote-keys.ts'
import { secureUrl } from './resource-url.ts'
import type { OAuthTokenVerifier } from './verifier.ts'

/** Options of {@link jwtVerifier}. */
export type JwtVerifierOptions = JwtChecks &
  KeyFetching & {
    /** The exact `iss`. */
    issuer: string
  } & (
    | {
        /** Where the issuer's keys are (RFC 7517 §5): https, or http on loopback. */
        jwksUri: string | URL
      }
    | {
        /** The issuer's keys, where they are at hand. */
        jwks: JSONWebKeySet
      }
  )

/**
 * Verifies JWT access tokens (RFC 7519, RFC 9068). Keys are fetched once, kept, and fetched again when a
 * token names one that is not known, at most once a cooldown; parallel requests share a fetch.
 *
 * @param options - See {@link JwtVerifierOptions}.
 * @throws TypeError for a URL that may not be trusted, or an algorithm without a public key.
 *
 * @example
 * ```ts
 * import { jwtVerifier } from '@portico-mcp/auth'
 *
 * export const verifier = jwtVerifier({
 *   issuer: 'https://auth.example.com',
 *   jwksUri: 'https://auth.example.com/jwks.json',
 * })
 * ```
 */
export function jwtVerifier(options: JwtVerifierOptions): OAuthTokenVerifier {
  const { issuer } = options
  if (!issuer) throw new TypeError('jwtVerifier: issuer is missing')
  const check = readChecks(options)
  const keys =
    'jwks' in options
      ? createLocalJWKSet(options.jwks)
      : remoteKeys(secureUrl('jwksUri', options.jwksUri), options)
  return {
    name: `jwtVerifier(${issuer})`,
    verifyAccessToken: async (token, expectation) =>
      authInfoOf(token, await check(token, keys, issuer), expectation, options.audience, options),
  }
}
