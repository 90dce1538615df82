import { type OAuthError, OAuthErrorCode, toOAuthError } from './errors.ts'
import { getOAuthProtectedResourceMetadataUrl } from './resource-url.ts'

/** What a `WWW-Authenticate: Bearer` challenge says. */
export interface Challenge {
  /** Where the protected-resource metadata is (RFC 9728 §5.1). */
  resourceMetadataUrl?: string | URL | undefined
  /** The resource instead, where its metadata is at the well-known location. */
  resource?: string | URL | undefined
  /**
   * Every scope that the operation needs (RFC 6750 §3). `offline_access` is never among them; more than
   * 4096 characters are left out.
   */
  scopes?: readonly string[] | undefined
  /** Left out where the request had no credentials (RFC 6750 §3.1). */
  error?: string | undefined
  /** For developers; cut after 200 characters. */
  errorDescription?: string | undefined
}

const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/
const MAX_DESCRIPTION = 200
const MAX_SCOPE = 4096
// as long as keys and documents that could not be fetched are not asked for again
const RETRY_AFTER_SECONDS = '5'

/**
 * The value of a `WWW-Authenticate` header (RFC 6750 §3, RFC 9728 §5.1). It never throws: what its
 * grammar does not allow is replaced or left out, so nothing that is put in ends a quoted string.
 *
 * @param challenge - See {@link Challenge}; without any, the header names a realm, since a challenge
 * has at least one parameter.
 */
export function getWwwAuthenticateHeader(challenge: Challenge = {}): string {
  const { resource, errorDescription } = challenge
  const metadata =
    urlOf(challenge.resourceMetadataUrl) ?? urlOf(safely(resource, getOAuthProtectedResourceMetadataUrl))
  const parameters = {
    error: challenge.error?.replace(/[^\w.-]/g, ''),
    error_description: errorDescription && textOf(errorDescription).slice(0, MAX_DESCRIPTION),
    scope: scopeOf(challenge.scopes),
    resource_metadata: metadata,
  }
  const given = Object.entries(parameters).filter(([, value]) => value)
  const written = given.length > 0 ? given : [['realm', 'mcp']]
  return `Bearer ${written.map(([name, value]) => `${name}="${value}"`).join(', ')}`
}

/** @throws TypeError for what is no scope (RFC 6749 §3.3), such as two of them in one text. */
export function checkScopeNames(scopes: readonly string[], where = ''): void {
  const wrong = scopes.find((scope) => !SCOPE.test(scope))
  if (wrong !== undefined) throw new TypeError(`${where}Not a scope: ${JSON.stringify(wrong)}`)
}

/** Whether a scope can be written down, and is one that a resource may ask for (2026-07-28 "Scopes"). */
export const isAdvertised = (scope: string): boolean => SCOPE.test(scope) && scope !== 'offline_access'

function scopeOf(scopes: readonly string[] = []): string {
  const written = [...new Set(scopes)].filter(isAdvertised).join(' ')
  return written.length > MAX_SCOPE ? '' : written
}

const textOf = (text: string): string =>
  text
    .replaceAll('"', "'")
    .replaceAll('\\', '/')
    .replace(/[^\x20-\x7e]/g, ' ')

function urlOf(value: string | URL | undefined): string | undefined {
  const url = safely(value, (text) => new URL(text))
  if (!url || !/^https?:$/.test(url.protocol)) return undefined
  return url.href.replace(/[^\x21\x23-\x5b\x5d-\x7e]/g, encodeURIComponent)
}

function safely<T, R>(value: T | undefined, read: (value: T) => R): R | undefined {
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

/** What is advertised in the answer to a refusal. */
export interface BearerAuthChallengeOptions {
  /** Every scope that the operation needs. */
  requiredScopes?: readonly string[] | undefined
  /** Where the protected-resource metadata is. */
  resourceMetadataUrl?: string | undefined
}

/**
 * The HTTP answer to a request that is not authorized: 401 `invalid_token` and 403 `insufficient_scope`
 * with a challenge (RFC 6750 §3), 503 with `Retry-After` where the token could not be judged, 500 for what is no
 * {@link OAuthError}. The body is the OAuth error as JSON; no cache keeps it.
 *
 * @param thrown - What a verifier or the gate threw.
 * @param options - See {@link BearerAuthChallengeOptions}.
 */
export function bearerAuthChallengeResponse(
  thrown: unknown,
  options: BearerAuthChallengeOptions = {},
): Response {
  const error = toOAuthError(thrown)
  const status = STATUS[error.code]
  const headers = new Headers({ 'cache-control': 'no-store' })
  if (status === 503) headers.set('retry-after', RETRY_AFTER_SECONDS)
  if (status === 401 || status === 403) headers.set('www-authenticate', challengeOf(error, options))
  return Response.json({ error: error.code, error_description: error.message }, { status, headers })
}

function challengeOf(
  { code, reason, message }: OAuthError,
  { requiredScopes, resourceMetadataUrl }: BearerAuthChallengeOptions,
): string {
  const failure = reason !== 'no-token' && { error: code, errorDescription: message }
  return getWwwAuthenticateHeader({ ...failure, scopes: requiredScopes, resourceMetadataUrl })
}
