import { discardBody, isAuthInfo, type Rules, reporter, validateOptions } from '@portico-mcp/core/internal'
import type { VerifyBearerTokenOptions } from './bearer-options.ts'
import { isCacheable, mayCache, mayCacheAnswer } from './cacheable-verifier.ts'
import { bearerAuthChallengeResponse, checkScopeNames } from './challenge.ts'
import { authInfoOf } from './claims.ts'
import { readBearerToken } from './credentials.ts'
import { insufficientScope, invalidToken, refusedBy, toOAuthError } from './errors.ts'
import { coversScopes } from './hierarchy.ts'
import { BEARER_RULES } from './option-rules.ts'
import { getOAuthProtectedResourceMetadataUrl, isSameResource } from './resource-url.ts'
import type { TokenCache, Verified } from './token-cache.ts'
import { readTokenCache } from './token-cache-options.ts'
import type { AuthInfo, Claims } from './verifier.ts'

/** The options with what follows from them. */
export interface Gate extends Omit<VerifyBearerTokenOptions, 'tokenCache'> {
  requiredScopes: readonly string[]
  expectedResource?: URL
  /** Undefined if no tokens are remembered. */
  tokenCache: TokenCache | undefined
}

/**
 * Reads the options of a gate.
 *
 * @param caller - The function that takes the options.
 * @throws TypeError for a missing verifier, a malformed URL or scope, or an invalid `tokenCache`.
 * @throws RangeError for a number of `tokenCache` that is out of range.
 */
export function readGate<Options extends VerifyBearerTokenOptions>(
  caller: string,
  options: Options,
  rules: Rules<Extract<keyof Options, string>>,
): Gate {
  validateOptions(caller, options, rules)
  if (!options.verifier) throw new TypeError(`${caller}: verifier must be an object with verifyAccessToken`)
  const { resourceServerUrl, requiredScopes = [] } = options
  checkScopeNames(requiredScopes, `${caller}: requiredScopes: `)
  const resource = options.expectedResource ?? resourceServerUrl
  const metadata =
    options.resourceMetadataUrl ??
    (resourceServerUrl && getOAuthProtectedResourceMetadataUrl(resourceServerUrl))
  return {
    ...options,
    requiredScopes: [...requiredScopes],
    expectedResource: resource === undefined ? undefined : new URL(resource),
    resourceMetadataUrl: metadata === undefined ? undefined : new URL(metadata).href,
    tokenCache: readTokenCache(caller, options.tokenCache),
  }
}

/**
 * Verifies a token, and everything about it but its scopes.
 *
 * @returns The identity, without a promise if the token is remembered.
 * @throws OAuthError that names the verifier; a promise rejects with it.
 */
export function identify(token: string, gate: Gate): AuthInfo | Promise<AuthInfo> {
  const { tokenCache, verifier } = gate
  if (!tokenCache || !mayCache(verifier)) return verify(token, gate).then(({ authInfo }) => authInfo)
  return tokenCache.resolve(token, () => verify(token, gate), isCacheable(verifier))
}

async function verify(token: string, gate: Gate): Promise<Verified> {
  const { verifier, expectedResource } = gate
  try {
    // a copy, since verifiers answer with it
    const expected = expectedResource && new URL(expectedResource)
    const answer = await verifier.verifyAccessToken(token, { expectedResource: expected })
    const isCacheable = mayCacheAnswer(verifier, answer)
    return { authInfo: check(named(token, answer, gate), gate), isCacheable }
  } catch (thrown) {
    throw refusedBy(verifier, thrown)
  }
}

function check(authInfo: AuthInfo, gate: Gate): AuthInfo {
  const { expectedResource, resourceMetadataUrl, requireExpiry = true } = gate
  const { expiresAt, resource } = authInfo
  if (expectedResource && !isSameResource(resource, expectedResource)) throw invalidToken('wrong-audience')
  if (typeof expiresAt !== 'number' || Number.isNaN(expiresAt)) {
    if (requireExpiry) throw invalidToken('no-expiry')
  } else if (expiresAt <= Date.now() / 1000) throw invalidToken('expired')
  return resourceMetadataUrl ? { resourceMetadataUrl, ...authInfo } : authInfo
}

/** What a verifier answered, with the token that its caller may be known by; claims alone are understood, too. */
function named(token: string, answer: AuthInfo, { expectedResource }: Gate): AuthInfo {
  if (!isAuthInfo(answer)) return authInfoOf(token, claimsIn(answer), { expectedResource })
  return answer.token === '' ? { ...answer, token } : answer
}

function claimsIn(answer: unknown): Claims {
  if (typeof answer === 'object' && answer !== null) return answer as Claims
  throw new TypeError('The verifier answered neither an AuthInfo nor claims')
}

/** @throws OAuthError `insufficient_scope` */
export function demandScopes({ scopes }: AuthInfo, required: readonly string[], gate: Gate): void {
  if (!coversScopes(scopes, required, gate.scopeHierarchy)) throw insufficientScope()
}

/** Tells `onerror`. */
export function report(error: Error, { onerror }: Gate): void {
  reporter(onerror)(error)
}

/** The challenge for a refusal, which `onerror` has heard of. */
export function refuse(
  thrown: unknown,
  gate: Gate,
  scopes: readonly string[] = gate.requiredScopes,
): Response {
  const error = toOAuthError(thrown)
  report(error, gate)
  return bearerAuthChallengeResponse(error, {
    requiredScopes: scopes,
    resourceMetadataUrl: gate.resourceMetadataUrl,
  })
}

/**
 * Verifies the bearer token of an `Authorization` header.
 *
 * @param header - The header's value.
 * @param options - See {@link VerifyBearerTokenOptions}.
 * @throws OAuthError which `bearerAuthChallengeResponse` answers.
 */
export async function verifyBearerToken(
  header: string | null | undefined,
  options: VerifyBearerTokenOptions,
): Promise<AuthInfo> {
  const gate = readGate('verifyBearerToken', { ...options, tokenCache: false }, BEARER_RULES)
  return admit(header, gate)
}

async function admit(header: string | null | undefined, gate: Gate): Promise<AuthInfo> {
  const token = readBearerToken(header)
  if (token === undefined) throw invalidToken('no-token')
  const authInfo = await identify(token, gate)
  demandScopes(authInfo, gate.requiredScopes, gate)
  return authInfo
}

/**
 * A gate for handlers of one's own: resolves to the verified identity, or to the answer that refuses the
 * request, 401 or 403 with a challenge (RFC 6750 §3, RFC 9728 §5.1). It never rejects.
 *
 * @param options - See {@link VerifyBearerTokenOptions}.
 * @throws TypeError for a URL or a scope that is none, or without a verifier.
 *
 * @example
 * ```ts
 * import { requireBearerAuth, staticVerifier } from '@portico-mcp/auth'
 *
 * const gate = requireBearerAuth({
 *   verifier: staticVerifier({ 'a-token-for-tests': { clientId: 'ann', scopes: ['notes:read'] } }),
 *   requiredScopes: ['notes:read'],
 * })
 *
 * const identity = await gate(new Request('https://mcp.example.com/notes'))
 * console.log(identity instanceof Response ? identity.status : identity.clientId)
 * ```
 */
export function requireBearerAuth(
  options: VerifyBearerTokenOptions,
): (request: Request) => Promise<AuthInfo | Response> {
  const gate = readGate('requireBearerAuth', options, BEARER_RULES)
  return async (request) => {
    try {
      return await admit(request.headers.get('authorization'), gate)
    } catch (thrown) {
      await discardBody(request)
      return refuse(thrown, gate)
    }
  }
}
