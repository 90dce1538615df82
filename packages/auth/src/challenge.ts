import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { type OAuthError, OAuthErrorCode, toOAuthError } from './errors.ts'
import { getOAuthProtectedResourceMetadataUrl } from './resource-url.ts'

/** The parameters of a `WWW-Authenticate: Bearer` challenge. */
export interface Challenge {
  /** The URL of the protected-resource metadata (RFC 9728 §5.1). */
  resourceMetadataUrl?: string | URL | undefined
  /** The URL of the resource, from which the well-known URL of its metadata is built instead. */
  resource?: string | URL | undefined
  /**
   * Every scope that the operation requires (RFC 6750 §3). `offline_access` is always left out, and so is the whole
   * list if it has more than 4096 characters.
   */
  scopes?: readonly string[] | undefined
  /** The error code. Leave it out if the request had no credentials (RFC 6750 §3.1). */
  error?: string | undefined
  /** A description for developers, cut off after 200 characters. */
  errorDescription?: string | undefined
}

// RFC 6749 §3.3
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/
const MAX_DESCRIPTION_LENGTH = 200
const MAX_SCOPE_LENGTH = 4096
// Keys and documents that could not be fetched are requested again after the same time.
const RETRY_AFTER_SECONDS = '5'

/**
 * Builds the value of a `WWW-Authenticate` header (RFC 6750 §3, RFC 9728 §5.1). It never throws: characters that the
 * grammar does not allow are replaced or left out, so that no value can end a quoted string.
 *
 * @param challenge - See {@link Challenge}. Without any parameter the header names a realm, since a challenge must have
 *   at least one.
 */
export function getWwwAuthenticateHeader(challenge: Challenge = {}): string {
  const { resource, errorDescription } = challenge
  const metadata =
    toHeaderUrl(challenge.resourceMetadataUrl) ??
    toHeaderUrl(tryRead(resource, getOAuthProtectedResourceMetadataUrl))
  const parameters = {
    error: challenge.error?.replace(/[^\w.-]/g, ''),
    error_description: errorDescription && toQuotedText(errorDescription).slice(0, MAX_DESCRIPTION_LENGTH),
    scope: joinScopes(challenge.scopes),
    resource_metadata: metadata,
  }
  const given = Object.entries(parameters).filter(([, value]) => value)
  const written = given.length > 0 ? given : [['realm', 'mcp']]
  return `Bearer ${written.map(([name, value]) => `${name}="${value}"`).join(', ')}`
}

/**
 * Checks the grammar of scopes (RFC 6749 §3.3). It rejects two scopes in one string, for example.
 *
 * @param option - The function and the option that the scopes come from, for the error message.
 * @throws TypeError for the first malformed scope.
 */
export function checkScopeNames(scopes: readonly string[], option: string): void {
  const malformed = scopes.find((scope) => !SCOPE.test(scope))
  if (malformed === undefined) return
  const allowed = 'a list of scopes, each of visible ASCII characters without spaces, " and \\'
  throw new TypeError(`${option} must be ${allowed} (got ${JSON.stringify(malformed)})`)
}

/** Whether a scope is well-formed and one that a resource may ask for (2026-07-28 "Scopes"). */
export const isAdvertised = (scope: string): boolean => SCOPE.test(scope) && scope !== 'offline_access'

function joinScopes(scopes: readonly string[] = []): string {
  const joined = [...new Set(scopes)].filter(isAdvertised).join(' ')
  return joined.length > MAX_SCOPE_LENGTH ? '' : joined
}

const toQuotedText = (text: string): string =>
  text
    .replaceAll('"', "'")
    .replaceAll('\\', '/')
    .replace(/[^\x20-\x7e]/g, ' ')

function toHeaderUrl(value: string | URL | undefined): string | undefined {
  const url = tryRead(value, (text) => new URL(text))
  if (!url || !/^https?:$/.test(url.protocol)) return undefined
  return url.href.replace(/[^\x21\x23-\x5b\x5d-\x7e]/g, encodeURIComponent)
}

function tryRead<T, R>(value: T | undefined, read: (value: T) => R): R | undefined {
  try {
    return value === undefined ? undefined : read(value)
  } catch {
    return undefined
  }
}

const STATUS: Record<OAuthErrorCode, number> = {
  [OAuthErrorCode.InvalidToken]: 401,
  [OAuthErrorCode.InsufficientScope]: 403,
  [OAuthErrorCode.InvalidRequest]: 400,
  [OAuthErrorCode.MethodNotAllowed]: 405,
  [OAuthErrorCode.ServerError]: 500,
  [OAuthErrorCode.TemporarilyUnavailable]: 503,
}

/** Options of {@link bearerAuthChallengeResponse}. */
export interface BearerAuthChallengeOptions {
  /** Every scope that the operation requires. @defaultValue none */
  requiredScopes?: readonly string[] | undefined
  /** The URL of the protected-resource metadata. @defaultValue none */
  resourceMetadataUrl?: string | undefined
}

const RULES: Rules<keyof BearerAuthChallengeOptions> = {
  // Malformed scopes and URLs are left out of the challenge.
  requiredScopes: optionRules.listOf(optionRules.string, 'strings'),
  resourceMetadataUrl: optionRules.anyOfRules(optionRules.string, optionRules.url),
}

/**
 * Builds the HTTP response to a request that is not authorized: 401 `invalid_token` or 403 `insufficient_scope` with a
 * challenge (RFC 6750 §3), 503 with `Retry-After` if the token cannot be verified at the moment, and 500 for anything
 * that is not an {@link OAuthError}. The body is the OAuth error as JSON. Caches do not store the response.
 *
 * @param thrown - What a verifier or `verifyBearerToken` threw.
 * @param options - See {@link BearerAuthChallengeOptions}.
 * @throws TypeError if an option is unknown or of the wrong type.
 */
export function bearerAuthChallengeResponse(
  thrown: unknown,
  options: BearerAuthChallengeOptions = {},
): Response {
  validateOptions('bearerAuthChallengeResponse', options, RULES)
  return buildChallengeResponse(toOAuthError(thrown), options)
}

/** Builds the response of {@link bearerAuthChallengeResponse} from options that are known to be valid. */
export function buildChallengeResponse(error: OAuthError, options: BearerAuthChallengeOptions): Response {
  const status = STATUS[error.code]
  const headers = new Headers({ 'cache-control': 'no-store' })
  if (status === 503) headers.set('retry-after', RETRY_AFTER_SECONDS)
  if (status === 401 || status === 403) headers.set('www-authenticate', buildChallenge(error, options))
  return Response.json({ error: error.code, error_description: error.message }, { status, headers })
}

function buildChallenge(
  { code, reason, message }: OAuthError,
  { requiredScopes, resourceMetadataUrl }: BearerAuthChallengeOptions,
): string {
  const failure = reason !== 'no-token' && { error: code, errorDescription: message }
  return getWwwAuthenticateHeader({ ...failure, scopes: requiredScopes, resourceMetadataUrl })
}
