import { RefusalError, toError } from '@portico-mcp/core/internal'

/** The error codes of RFC 6749, 6750 and 8707 that a resource server uses. */
export const OAuthErrorCode = {
  InvalidRequest: 'invalid_request',
  InvalidToken: 'invalid_token',
  InsufficientScope: 'insufficient_scope',
  MethodNotAllowed: 'method_not_allowed',
  ServerError: 'server_error',
  TemporarilyUnavailable: 'temporarily_unavailable',
} as const

/** One of the values of {@link OAuthErrorCode}. */
export type OAuthErrorCode = (typeof OAuthErrorCode)[keyof typeof OAuthErrorCode]

/** The stable id of the reason for a refusal. Compare this, not the message. */
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
 * The error for a request that is not authorized. A verifier throws it with `invalid_token` for a token that it does not
 * accept. Anything else that a verifier throws is answered as `server_error` (500).
 *
 * The message is sent to the client, so it must not contain a token or a secret. Put confidential details into `cause`.
 */
export class OAuthError extends RefusalError<TokenRefusal> {
  /** The OAuth error code of the response. */
  declare readonly code: OAuthErrorCode
  /** The `name` of the verifier that refused the token. It is reported, and never sent. */
  declare verifier?: string

  /**
   * @param code - The OAuth error code.
   * @param message - The `error_description`.
   * @param details - `reason` is the stable id (default `unknown-token`), `cause` the underlying error. Both are reported, and
   *   never sent.
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

/** Creates the error for a token that is not accepted (RFC 6750 §3.1 `invalid_token`). */
export const invalidToken = (reason: keyof typeof DESCRIPTIONS, cause?: unknown): OAuthError =>
  new OAuthError(OAuthErrorCode.InvalidToken, DESCRIPTIONS[reason], { reason, cause })

/** Creates the error for a token that lacks a required scope (RFC 6750 §3.1 `insufficient_scope`). */
export const insufficientScope = (): OAuthError =>
  new OAuthError(OAuthErrorCode.InsufficientScope, 'Insufficient scope', { reason: 'missing-scope' })

/**
 * Creates the error for a token that cannot be verified at the moment, because a key set or an endpoint is not reachable.
 * It is answered with 503 and without a challenge, since signing in again would not help.
 */
export const unavailable = (cause: unknown): OAuthError =>
  new OAuthError(OAuthErrorCode.TemporarilyUnavailable, 'The token cannot be verified at the moment', {
    reason: 'unavailable',
    cause,
  })

/** Converts what a verifier threw to an {@link OAuthError} with the name of the verifier. */
export function toVerifierError({ name }: { name?: string }, thrown: unknown): OAuthError {
  const error = toOAuthError(thrown)
  if (name !== undefined) error.verifier ??= name
  return error
}

const CODES: readonly unknown[] = Object.values(OAuthErrorCode)

/**
 * Converts a thrown value to an {@link OAuthError}. The OAuth errors of the SDKs keep their code and message; anything else
 * becomes `server_error` with a message that reveals nothing.
 */
export function toOAuthError(thrown: unknown): OAuthError {
  if (thrown instanceof OAuthError) return thrown
  try {
    const { code, errorCode, message } = (thrown ?? {}) as Record<string, unknown>
    const known = [errorCode, code].find((value) => CODES.includes(value)) as OAuthErrorCode | undefined
    if (known && thrown instanceof Error) return new OAuthError(known, String(message), { cause: thrown })
  } catch {
    // The members of some values, such as a revoked proxy, cannot be read.
  }
  return new OAuthError(OAuthErrorCode.ServerError, 'Internal Server Error', {
    reason: 'internal',
    cause: toError(thrown),
  })
}
