import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { cacheableByOptions } from './cacheable-verifier.ts'
import { createJwtCheck, type JwtChecks } from './check-jwt.ts'
import { readAuthInfoFromClaims } from './claims.ts'
import { createDiscoveredKeys } from './discovered-keys.ts'
import { createDiscovery, type DocumentFetching } from './discovery.ts'
import { DOCUMENT_RULES, JWT_RULES, KEY_RULES, TENANT_RULES } from './option-rules.ts'
import type { KeyFetching } from './remote-keys.ts'
import { readSecureUrl } from './resource-url.ts'
import {
  buildTenantIssuer,
  checkKeyIssuer,
  checkTenants,
  isIssuerOf,
  readTenant,
  type TenantChecks,
  toDiscoverableIssuer,
} from './tenants.ts'
import type { Claims, OAuthTokenVerifier } from './verifier.ts'

/** Options of {@link oidcVerifier}. */
export interface OidcVerifierOptions extends JwtChecks, KeyFetching, DocumentFetching, TenantChecks {
  /** The exact issuer, or one that stands for several `tenants`. Its metadata has the URL of the keys. */
  issuer: string
}

const RULES: Rules<keyof OidcVerifierOptions> = {
  ...JWT_RULES,
  ...KEY_RULES,
  ...DOCUMENT_RULES,
  ...TENANT_RULES,
  issuer: optionRules.string,
}

/**
 * Creates a verifier of the JWT access tokens of an authorization server whose metadata is discovered (RFC 8414, OpenID
 * Connect Discovery) when the first token arrives. If the server is not reachable, requests get 503, and the metadata is
 * requested again after `retryAfterMs`.
 *
 * @param options - See {@link OidcVerifierOptions}.
 * @throws TypeError if an option is unknown or of the wrong type, if `issuer` is neither https nor on loopback, if an
 *   algorithm has no public key, if `issuer` stands for several tenants and `tenants` is missing, or if it stands for one
 *   and `tenants` is given.
 * @throws RangeError if a number is out of range.
 *
 * @example
 * ```ts
 * import { oidcVerifier } from '@portico-mcp/auth'
 *
 * export const verifier = oidcVerifier({ issuer: 'https://auth.example.com' })
 * ```
 */
export function oidcVerifier(options: OidcVerifierOptions): OAuthTokenVerifier {
  validateOptions('oidcVerifier', options, RULES)
  const { issuer, audience } = options
  if (!issuer) throw new TypeError('oidcVerifier: issuer must be a string that is not empty')
  checkTenants('oidcVerifier', issuer, options)
  const isTenantless = options.tenants === undefined
  const shared = toDiscoverableIssuer(issuer)
  readSecureUrl('oidcVerifier: issuer', shared)
  const discover = createDiscovery(shared, options, (named) =>
    isTenantless ? named === issuer : isIssuerOf(shared, named),
  )
  const check = createJwtCheck(options)
  const keys = createDiscoveredKeys(discover, options)

  async function verifyClaims(token: string): Promise<Claims> {
    if (isTenantless) return check(token, keys.find, issuer)
    const tenantId = await readTenant(token, options)
    const metadata = await keys.fetchMetadata()
    const expected = buildTenantIssuer(metadata.issuer, tenantId)
    const claims = await check(token, keys.find, expected)
    checkKeyIssuer((await keys.fetchKeys()).published(), token, tenantId, expected)
    return claims
  }

  const verifier: OAuthTokenVerifier = {
    name: `oidcVerifier(${issuer})`,
    verifyAccessToken: async (token, expectation) =>
      readAuthInfoFromClaims(token, await verifyClaims(token), expectation, audience, options),
  }
  return cacheableByOptions(verifier, options)
}
