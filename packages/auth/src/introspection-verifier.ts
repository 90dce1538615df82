import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import type { ClaimMapping } from './claim-mapping.ts'
import { type Audience, authInfoOf } from './claims.ts'
import { invalidToken, unavailable } from './errors.ts'
import { rememberIntrospections } from './introspection-cache.ts'
import { audience, CLAIM_RULES } from './option-rules.ts'
import { fetchJson } from './outbound.ts'
import { copyIfPlain } from './plain-data.ts'
import { secureUrl } from './resource-url.ts'
import type { Claims, OAuthTokenVerifier } from './verifier.ts'

/** Options of {@link introspectionVerifier}. */
export interface IntrospectionVerifierOptions extends ClaimMapping {
  /** The introspection endpoint (RFC 7662 §2): https, or http on loopback. */
  introspectionUrl: string | URL
  /** As whom this server asks. */
  clientId: string
  /** Its secret; sent to the endpoint only. */
  clientSecret: string
  /** How it proves who it is (RFC 6749 §2.3.1). @defaultValue 'client_secret_basic' */
  authMethod?: 'client_secret_basic' | 'client_secret_post' | undefined
  /**
   * The exact `iss`; a response that names another is refused. Where a response names none, users are told from
   * those of another server by this, or by the endpoint's URL. @defaultValue not checked
   */
  issuer?: string | undefined
  /** Names of which `aud` must hold one; false where it is not checked. @defaultValue the expected resource */
  audience?: Audience | undefined
  /**
   * Milliseconds for which an answer is kept, and so a revoked token still accepted; never longer than
   * the token lasts. 0 asks for every request. @defaultValue 30000
   */
  cacheMaxAgeMs?: number | undefined
  /**
   * How many answers about active tokens are kept, and how many about others; the one that was used least recently is
   * dropped first. @defaultValue 1000
   */
  cacheMaxEntries?: number | undefined
  /** Milliseconds for one request. @defaultValue 5000 */
  timeoutMs?: number | undefined
  /** Used instead of the global one. */
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
 * Asks the authorization server about each token (RFC 7662); for tokens that are no JWTs. Answers are
 * kept under the token's digest, parallel requests with one token share a question, and an endpoint that
 * fails is 503.
 *
 * @param options - See {@link IntrospectionVerifierOptions}.
 * @throws TypeError for a URL that may not be trusted.
 */
export function introspectionVerifier(options: IntrospectionVerifierOptions): OAuthTokenVerifier {
  validateOptions('introspectionVerifier', options, RULES)
  const url = secureUrl('introspectionVerifier: introspectionUrl', options.introspectionUrl)
  const { issuer, cacheMaxAgeMs = 30_000, cacheMaxEntries = 1000, timeoutMs = 5000 } = options
  const limits = { maxAgeMs: cacheMaxAgeMs, maxEntries: cacheMaxEntries, timeoutMs }
  const ask = rememberIntrospections((token) => introspect(url, token, options), limits)

  async function claimsOf(token: string): Promise<Claims> {
    try {
      return await ask(token)
    } catch (error) {
      throw unavailable(error)
    }
  }

  return {
    name: `introspectionVerifier(${url.host})`,
    async verifyAccessToken(token, expectation) {
      const claims = await claimsOf(token)
      if (claims.active !== true) throw invalidToken('unknown-token')
      if (isRefreshToken(claims)) throw invalidToken('wrong-type')
      if (issuer !== undefined && isNamed(claims.iss) && claims.iss !== issuer) {
        throw invalidToken('wrong-issuer')
      }
      if (typeof claims.nbf === 'number' && claims.nbf > Date.now() / 1000 + 5) {
        throw invalidToken('not-yet-valid')
      }
      // `iss` is optional (RFC 7662 §2.2), and a subject is only unique within its issuer
      const iss = isNamed(claims.iss) ? claims.iss : (issuer ?? url.href)
      return authInfoOf(token, { ...copyIfPlain(claims), iss }, expectation, options.audience, options)
    },
  }
}

const isNamed = (issuer: unknown): boolean => typeof issuer === 'string' && issuer !== ''

// an endpoint may know them as well (RFC 7662 §2.1), and says so in one of these
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
  // what the endpoint does not judge is not its token (RFC 7009 §2.2.1)
  if (claims.error === 'unsupported_token_type') return { active: false }
  if (typeof claims.active === 'boolean') return claims
  throw new Error(`The introspection endpoint answered ${claims.error ?? 'without active'}`)
}

const formEncode = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)
