import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import type { JWTVerifyGetKey } from 'jose'
import { cacheableByOptions } from './cacheable-verifier.ts'
import { type JwtChecks, readChecks } from './check-jwt.ts'
import { authInfoOf } from './claims.ts'
import { type AuthorizationServerMetadata, type DocumentFetching, discoverer } from './discovery.ts'
import { unavailable } from './errors.ts'
import { DOCUMENT_RULES, JWT_RULES, KEY_RULES, TENANT_RULES } from './option-rules.ts'
import { type KeyFetching, type RemoteKeys, remoteKeys } from './remote-keys.ts'
import { secureUrl } from './resource-url.ts'
import {
  checkKeyIssuer,
  checkTenants,
  isIssuerOf,
  issuerOfTenant,
  sharedIssuer,
  type TenantChecks,
  tenantOf,
} from './tenants.ts'
import type { Claims, OAuthTokenVerifier } from './verifier.ts'

/** Options of {@link oidcVerifier}. */
export interface OidcVerifierOptions extends JwtChecks, KeyFetching, DocumentFetching, TenantChecks {
  /** The exact issuer, or one that stands for many `tenants`; its document says where the keys are. */
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
 * Verifies the JWT access tokens of an authorization server whose document is discovered (RFC 8414, OpenID
 * Connect Discovery), when the first token comes. A server that cannot be reached is 503, and asked again.
 *
 * @param options - See {@link OidcVerifierOptions}.
 * @throws TypeError for an issuer that may not be trusted, an algorithm without a public key, an issuer of many
 *   tenants without `tenants`, or `tenants` of an issuer that is one.
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
  const discover = discoverer(sharedIssuer(issuer), options, (named) =>
    isTenantless ? named === issuer : isIssuerOf(sharedIssuer(issuer), named),
  )
  const check = readChecks(options)
  const known = new Map<string, RemoteKeys>()

  function keysOf({ jwks_uri }: AuthorizationServerMetadata): RemoteKeys {
    const url = secureUrl('jwks_uri', String(jwks_uri))
    const keys = known.get(url.href) ?? remoteKeys(url, options)
    known.clear()
    known.set(url.href, keys)
    return keys
  }

  async function document(): Promise<AuthorizationServerMetadata> {
    try {
      return await discover()
    } catch (error) {
      throw unavailable(error)
    }
  }

  async function currentKeys(): Promise<RemoteKeys> {
    try {
      return keysOf(await discover())
    } catch (error) {
      throw unavailable(error)
    }
  }

  const keys: JWTVerifyGetKey = async (header, token) => (await currentKeys())(header, token)

  async function claimsOf(token: string): Promise<Claims> {
    if (isTenantless) return check(token, keys, issuer)
    const tenantId = await tenantOf(token, options)
    const found = await document()
    const expected = issuerOfTenant(found.issuer, tenantId)
    const claims = await check(token, keys, expected)
    checkKeyIssuer((await currentKeys()).published(), token, tenantId, expected)
    return claims
  }

  const verifier: OAuthTokenVerifier = {
    name: `oidcVerifier(${issuer})`,
    verifyAccessToken: async (token, expectation) =>
      authInfoOf(token, await claimsOf(token), expectation, audience, options),
  }
  return cacheableByOptions(verifier, options)
}
