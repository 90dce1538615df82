import { RefusalError, toError } from '@portico-mcp/core/internal'

/** Error codes of RFC 6749, 6750 and 8707 that a resource server answers with. */
export const OAuthErrorCode = {
  InvalidRequest: 'invalid_request',
  InvalidToken: 'invalid_token',
  InsufficientScope: 'insufficient_scope',
  MethodNotAllowed: 'method_not_allowed',
  ServerError: 'server_error',
  TemporarilyUnavailable: 'temporarily_unavailable',
} as const

/** One of {@link OAuthErrorCode}'s values. */
export type OAuthErrorCode = (typeof OAuthErrorCode)[keyof typeof OAuthErrorCode]

/** The stable id of why a token was refused: tell refusals apart by it, never by their text. */
export type TokenRefusal =
  | 'no-token'
  | 'malformed'
  | 'unknown-token'
  | 'bad-signature'
  | 'unknown-key'
  | 'wrong-algorithm'
  | 'wrong-type'
  | 'wrong-issuer'
  | 'wrong-audience'
  | 'wrong-client'
  | 'not-yet-valid'
  | 'expired'
  | 'no-expiry'
  | 'missing-scope'
  | 'unavailable'
  | 'internal'

/**
 * Why a request is not authorized. A verifier throws one with `invalid_token` for a token that it does
 * not accept; anything else that it throws is answered as `server_error` (500).
 *
 * Its message reaches the client, so it never holds a token or a secret. Whatever must not be seen goes
 * into `cause`.
 */
export class OAuthError extends RefusalError<TokenRefusal> {
  /** The OAuth error code of the answer. */
  declare readonly code: OAuthErrorCode
  /** The `name` of the verifier that refused; reported, never sent. */
  declare verifier?: string

  /**
   * @param code - The OAuth error code.
   * @param message - The `error_description`.
   * @param details - The stable id, and what went wrong underneath, which is reported and never sent.
   */
  constructor(
    code: OAuthErrorCode,
    message: string,
    { reason = 'unknown-token', cause }: { reason?: TokenRefusal; cause?: unknown } = {},
  ) {
    super('OAuthError', reason, message, cause)
    this.code = code
  }
}

const DESCRIPTIONS = {
  'no-token': 'Missing Authorization header',
  malformed: 'Token is malformed',
  'unknown-token': 'Token is unknown or no longer active',
  'bad-signature': 'Token signature does not verify',
  'unknown-key': 'Token is signed with an unknown key',
  'wrong-algorithm': 'Token is signed with an algorithm that is not accepted',
  'wrong-type': 'Token is not of the expected kind',
  'wrong-issuer': 'Token was issued by another authorization server',
  'wrong-audience': 'Token was not issued for this resource',
  'wrong-client': 'Token was issued to another client',
  'not-yet-valid': 'Token is not valid yet',
  expired: 'Token has expired',
  'no-expiry': 'Token has no expiration time',
} as const

/** A token that is not accepted (RFC 6750 §3.1 `invalid_token`). */
export const invalidToken = (reason: keyof typeof DESCRIPTIONS, cause?: unknown): OAuthError =>
  new OAuthError(OAuthErrorCode.InvalidToken, DESCRIPTIONS[reason], { reason, cause })

/** The operation needs scopes that the token has not (RFC 6750 §3.1 `insufficient_scope`). */
export const insufficientScope = (): OAuthError =>
  new OAuthError(OAuthErrorCode.InsufficientScope, 'Insufficient scope', { reason: 'missing-scope' })

/** Whoever could judge the token cannot be reached: no reason to sign in again. */
export const unavailable = (cause: unknown): OAuthError =>
  new OAuthError(OAuthErrorCode.TemporarilyUnavailable, 'The token cannot be verified at the moment', {
    reason: 'unavailable',
    cause,
  })

/** What a verifier threw, with its name. */
export function refusedBy({ name }: { name?: string }, thrown: unknown): OAuthError {
  const error = toOAuthError(thrown)
  if (name !== undefined) error.verifier ??= name
  return error
}

const CODES: readonly unknown[] = Object.values(OAuthErrorCode)

/** What was thrown as an {@link OAuthError}; those of the SDKs count, anything else is masked. */
export function toOAuthError(thrown: unknown): OAuthError {
  if (thrown instanceof OAuthError) return thrown
  try {
    const { code, errorCode, message } = (thrown ?? {}) as Record<string, unknown>
    const known = [errorCode, code].find((value) => CODES.includes(value)) as OAuthErrorCode | undefined
    if (known && thrown instanceof Error) return new OAuthError(known, String(message), { cause: thrown })
  } catch {
    // a value that cannot be read, such as a revoked proxy
  }
  return new OAuthError(OAuthErrorCode.ServerError, 'Internal Server Error', {
    reason: 'internal',
    cause: toError(thrown),
  })
}
