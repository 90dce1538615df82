import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { cacheableByOptions } from './cacheable-verifier.ts'
import { createJwtCheck, type JwtChecks } from './check-jwt.ts'
import { readAuthInfoFromClaims } from './claims.ts'
import { JWT_RULES, KEY_RULES, TENANT_RULES } from './option-rules.ts'
import { createRemoteKeys, type KeyFetching, type RemoteKeys } from './remote-keys.ts'
import { readSecureUrl } from './resource-url.ts'
import {
  buildTenantIssuer,
  checkKeyIssuer,
  checkTemplate,
  checkTenants,
  readTenant,
  type TenantChecks,
} from './tenants.ts'
import type { Claims, OAuthTokenVerifier } from './verifier.ts'

/** Options of {@link jwtVerifier}. */
export type JwtVerifierOptions = JwtChecks &
  KeyFetching &
  TenantChecks & {
    /** The exact `iss`. With `tenants`, `{tenantid}` in it stands for the tenant of the token. */
    issuer: string
  } & (
    | {
        /** The URL of the issuer's keys (RFC 7517 §5): https, or http on loopback. */
        jwksUri: string | URL
      }
    | {
        /** The issuer's keys, instead of a URL. */
        jwks: JSONWebKeySet
      }
  )

type Options = JwtChecks &
  KeyFetching &
  TenantChecks & { issuer: string; jwksUri?: string | URL | undefined; jwks?: JSONWebKeySet | undefined }

const RULES: Rules<keyof Options> = {
  ...JWT_RULES,
  ...KEY_RULES,
  ...TENANT_RULES,
  issuer: optionRules.string,
  jwksUri: optionRules.url,
  jwks: optionRules.plainObject,
}

/**
 * Creates a verifier of JWT access tokens (RFC 7519, RFC 9068). Keys are fetched when the first token arrives, cached for
 * `cacheMaxAgeMs`, and fetched again if a token names an unknown key, at most once per `cooldownMs`. Parallel requests
 * share a fetch.
 *
 * @param options - See {@link JwtVerifierOptions}.
 * @throws TypeError if an option is unknown or of the wrong type, if `jwksUri` and `jwks` are both given or both missing, if
 *   `jwksUri` is neither https nor on loopback, if an algorithm has no public key, or if `issuer` stands for several tenants
 *   and `tenants` is missing.
 * @throws RangeError if a number is out of range.
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
  const { jwks, jwksUri }: Pick<Options, 'jwks' | 'jwksUri'> = options
  if (!jwks === !jwksUri) {
    const got = jwks ? 'both' : 'neither'
    throw new TypeError(`jwtVerifier: either jwksUri or jwks must be given (got ${got})`)
  }
  checkTenants('jwtVerifier', issuer, options)
  checkTemplate('jwtVerifier', issuer, options)
  const check = createJwtCheck(options)
  const keys = jwks
    ? createLocalJWKSet(jwks)
    : createRemoteKeys(readSecureUrl('jwtVerifier: jwksUri', jwksUri as string | URL), options)

  async function verifyClaims(token: string): Promise<Claims> {
    if (options.tenants === undefined) return check(token, keys, issuer)
    const tenantId = await readTenant(token, options)
    const expected = buildTenantIssuer(issuer, tenantId)
    const claims = await check(token, keys, expected)
    const published = jwks ? jwks.keys : (keys as RemoteKeys).published()
    checkKeyIssuer(published as Claims[], token, tenantId, expected)
    return claims
  }

  const verifier: OAuthTokenVerifier = {
    name: `jwtVerifier(${issuer})`,
    verifyAccessToken: async (token, expectation) =>
      readAuthInfoFromClaims(token, await verifyClaims(token), expectation, options.audience, options),
  }
  return cacheableByOptions(verifier, options)
}
