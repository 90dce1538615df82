import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import type { ClaimMapping } from './claim-mapping.ts'
import { type Audience, readAuthInfoFromClaims } from './claims.ts'
import { invalidToken, unavailable } from './errors.ts'
import { cacheIntrospections } from './introspection-cache.ts'
import { audience, CLAIM_RULES } from './option-rules.ts'
import { fetchJson } from './outbound.ts'
import { copyIfPlain } from './plain-data.ts'
import { readSecureUrl } from './resource-url.ts'
import type { Claims, OAuthTokenVerifier } from './verifier.ts'

/** Options of {@link introspectionVerifier}. */
export interface IntrospectionVerifierOptions extends ClaimMapping {
  /** The URL of the introspection endpoint (RFC 7662 §2): https, or http on loopback. */
  introspectionUrl: string | URL
  /** The client id of this server at the authorization server. */
  clientId: string
  /** The client secret. It is sent to the endpoint only. */
  clientSecret: string
  /** How the secret is sent (RFC 6749 §2.3.1). @defaultValue 'client_secret_basic' */
  authMethod?: 'client_secret_basic' | 'client_secret_post' | undefined
  /**
   * The exact `iss`. A token whose response names another issuer is refused. If a response has no `iss`, users are
   * identified together with this value, or with the URL of the endpoint. @defaultValue not checked
   */
  issuer?: string | undefined
  /** Names of which `aud` must contain one; false does not check `aud`. @defaultValue the expected resource */
  audience?: Audience | undefined
  /**
   * Milliseconds for which a response is cached, so that a revoked token may be accepted for that long; never longer than
   * the token is valid. 0 calls the endpoint for every request. @defaultValue 30000
   */
  cacheMaxAgeMs?: number | undefined
  /**
   * How many responses about active tokens are cached, and how many about inactive ones. The least recently used is
   * dropped first. @defaultValue 1000
   */
  cacheMaxEntries?: number | undefined
  /** Milliseconds that a request to the endpoint may take. @defaultValue 5000 */
  timeoutMs?: number | undefined
  /** Used instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined
}

const RULES: Rules<keyof IntrospectionVerifierOptions> = {
  ...CLAIM_RULES,
  introspectionUrl: optionRules.secret(optionRules.url),
  clientId: optionRules.string,
  clientSecret: optionRules.secret(optionRules.string),
  authMethod: optionRules.oneOf('client_secret_basic', 'client_secret_post'),
  issuer: optionRules.string,
  audience,
  cacheMaxAgeMs: optionRules.numberFrom(0, 'milliseconds'),
  cacheMaxEntries: optionRules.numberFrom(0),
  timeoutMs: optionRules.positive('milliseconds'),
  fetch: optionRules.callback,
}

/**
 * Creates a verifier that calls the introspection endpoint of the authorization server (RFC 7662). Use it for tokens that
 * are not JWTs. Responses are cached by the digest of the token, and parallel requests with one token share a call. If the
 * endpoint fails, requests get 503.
 *
 * @param options - See {@link IntrospectionVerifierOptions}.
 * @throws TypeError if an option is unknown or of the wrong type, or if the URL is neither https nor on loopback.
 * @throws RangeError if a number is out of range.
 */
export function introspectionVerifier(options: IntrospectionVerifierOptions): OAuthTokenVerifier {
  validateOptions('introspectionVerifier', options, RULES)
  const url = readSecureUrl('introspectionVerifier: introspectionUrl', options.introspectionUrl)
  const { issuer, cacheMaxAgeMs = 30_000, cacheMaxEntries = 1000, timeoutMs = 5000 } = options
  const limits = { maxAgeMs: cacheMaxAgeMs, maxEntries: cacheMaxEntries, timeoutMs }
  const ask = cacheIntrospections((token) => introspect(url, token, options), limits)

  async function fetchClaims(token: string): Promise<Claims> {
    try {
      return await ask(token)
    } catch (error) {
      throw unavailable(error)
    }
  }

  return {
    name: `introspectionVerifier(${url.host})`,
    async verifyAccessToken(token, expectation) {
      const claims = await fetchClaims(token)
      if (claims.active !== true) throw invalidToken('unknown-token')
      if (isRefreshToken(claims)) throw invalidToken('wrong-type')
      if (issuer !== undefined && isNonEmptyString(claims.iss) && claims.iss !== issuer) {
        throw invalidToken('wrong-issuer')
      }
      if (typeof claims.nbf === 'number' && claims.nbf > Date.now() / 1000 + 5) {
        throw invalidToken('not-yet-valid')
      }
      // `iss` is optional (RFC 7662 §2.2), but a subject is unique only within its issuer.
      const iss = isNonEmptyString(claims.iss) ? claims.iss : (issuer ?? url.href)
      return readAuthInfoFromClaims(
        token,
        { ...copyIfPlain(claims), iss },
        expectation,
        options.audience,
        options,
      )
    },
  }
}

const isNonEmptyString = (value: unknown): boolean => typeof value === 'string' && value !== ''

// An endpoint may answer for refresh tokens too (RFC 7662 §2.1). Servers name the type in one of these members.
const isRefreshToken = ({ token_type, token_use, typ }: Claims): boolean =>
  [token_type, token_use, typ].some((type) => /^refresh/i.test(String(type)))

async function introspect(url: URL, token: string, options: IntrospectionVerifierOptions): Promise<Claims> {
  const { clientId, clientSecret, authMethod = 'client_secret_basic', timeoutMs, fetch } = options
  const body = new URLSearchParams({ token, token_type_hint: 'access_token' })
  const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' }
  if (authMethod === 'client_secret_basic') {
    headers.authorization = `Basic ${btoa([clientId, clientSecret].map(formEncode).join(':'))}`
  } else {
    body.set('client_id', clientId)
    body.set('client_secret', clientSecret)
  }
  const statuses = [200, 400]
  const claims = await fetchJson(url, {
    method: 'POST',
    headers,
    body: body.toString(),
    statuses,
    timeoutMs,
    fetch,
  })
  // The endpoint does not support this type of token (RFC 7009 §2.2.1), so the token is not one of its own.
  if (claims.error === 'unsupported_token_type') return { active: false }
  if (typeof claims.active === 'boolean') return claims
  throw new Error(`The introspection endpoint answered ${claims.error ?? 'without the member active'}`)
}

const formEncode = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)
