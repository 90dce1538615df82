import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { cacheableByOptions } from './cacheable-verifier.ts'
import { type JwtChecks, readChecks } from './check-jwt.ts'
import { authInfoOf } from './claims.ts'
import { JWT_RULES, KEY_RULES, TENANT_RULES } from './option-rules.ts'
import { type KeyFetching, type RemoteKeys, remoteKeys } from './remote-keys.ts'
import { secureUrl } from './resource-url.ts'
import {
  checkKeyIssuer,
  checkTemplate,
  checkTenants,
  issuerOfTenant,
  type TenantChecks,
  tenantOf,
} from './tenants.ts'
import type { Claims, OAuthTokenVerifier } from './verifier.ts'

/** Options of {@link jwtVerifier}. */
export type JwtVerifierOptions = JwtChecks &
  KeyFetching &
  TenantChecks & {
    /** The exact `iss`; with `tenants`, `{tenantid}` in it stands for the tenant of the token. */
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

type Options = JwtChecks &
  KeyFetching &
  TenantChecks & { issuer: string; jwksUri?: string | URL; jwks?: JSONWebKeySet }

const RULES: Rules<keyof Options> = {
  ...JWT_RULES,
  ...KEY_RULES,
  ...TENANT_RULES,
  issuer: optionRules.string,
  jwksUri: optionRules.url,
  jwks: optionRules.plainObject,
}

/**
 * Verifies JWT access tokens (RFC 7519, RFC 9068). Keys are fetched once, kept, and fetched again when a
 * token names one that is not known, at most once a cooldown; parallel requests share a fetch.
 *
 * @param options - See {@link JwtVerifierOptions}.
 * @throws TypeError for a URL that may not be trusted, an algorithm without a public key, or an issuer of many
 *   tenants without `tenants`.
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
  validateOptions<Options>('jwtVerifier', options, RULES)
  const { issuer } = options
  if (!issuer) throw new TypeError('jwtVerifier: issuer must be a string that is not empty')
  if (!('jwks' in options || 'jwksUri' in options)) {
    throw new TypeError('jwtVerifier: either jwksUri or jwks must say what the keys are')
  }
  checkTenants('jwtVerifier', issuer, options)
  checkTemplate('jwtVerifier', issuer, options)
  const check = readChecks(options)
  const keys =
    'jwks' in options
      ? createLocalJWKSet(options.jwks)
      : remoteKeys(secureUrl('jwtVerifier: jwksUri', options.jwksUri), options)

  async function claimsOf(token: string): Promise<Claims> {
    if (options.tenants === undefined) return check(token, keys, issuer)
    const tenantId = await tenantOf(token, options)
    const expected = issuerOfTenant(issuer, tenantId)
    const claims = await check(token, keys, expected)
    const published = 'jwks' in options ? options.jwks.keys : (keys as RemoteKeys).published()
    checkKeyIssuer(published as Claims[], token, tenantId, expected)
    return claims
  }

  const verifier: OAuthTokenVerifier = {
    name: `jwtVerifier(${issuer})`,
    verifyAccessToken: async (token, expectation) =>
      authInfoOf(token, await claimsOf(token), expectation, options.audience, options),
  }
  return cacheableByOptions(verifier, options)
}
