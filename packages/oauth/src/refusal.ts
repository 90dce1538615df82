import { RefusalError, toError } from '@portico-mcp/core/internal'

/** The error codes of RFC 6749, 7591, 8707 and OpenID Connect that the server uses. */
export type OAuthServerErrorCode =
  | 'invalid_request'
  | 'temporarily_unavailable'
  | 'invalid_client'
  | 'unauthorized_client'
  | 'invalid_redirect_uri'
  | 'invalid_client_metadata'
  | 'unsupported_response_type'
  | 'request_not_supported'
  | 'invalid_scope'
  | 'invalid_target'
  | 'access_denied'
  | 'unsupported_grant_type'
  | 'invalid_grant'
  | 'server_error'

/** The stable id of the reason for a refusal. Compare this, not the message. */
export type OAuthServerRefusalReason =
  | 'no-such-path'
  | 'method-not-allowed'
  | 'body-too-large'
  | 'wrong-content-type'
  | 'malformed-body'
  | 'repeated-parameter'
  | 'missing-parameter'
  | 'rate-limited'
  | 'unknown-client'
  | 'client-refused'
  | 'bad-client-document'
  | 'client-document-unreachable'
  | 'bad-client-credentials'
  | 'redirect-uri-mismatch'
  | 'no-registration'
  | 'bad-redirect-uri'
  | 'bad-client-metadata'
  | 'unsupported-response-type'
  | 'unsupported-response-mode'
  | 'request-object'
  | 'pkce-required'
  | 'unknown-scope'
  | 'scope-exceeded'
  | 'unknown-resource'
  | 'denied'
  | 'stale-consent'
  | 'answered-consent'
  | 'foreign-consent'
  | 'stale-sign-in'
  | 'upstream-refused'
  | 'upstream-failed'
  | 'unsupported-grant-type'
  | 'unknown-code'
  | 'reused-code'
  | 'code-mismatch'
  | 'pkce-mismatch'
  | 'unknown-refresh-token'
  | 'reused-refresh-token'
  | 'another-clients-token'
  | 'store-unavailable'
  | 'internal'

type Row = readonly [code: OAuthServerErrorCode, status: number, message: string]

const REFUSALS: Record<OAuthServerRefusalReason, Row> = {
  'no-such-path': ['invalid_request', 404, 'This is not an endpoint of the authorization server'],
  'method-not-allowed': ['invalid_request', 405, 'The method is not allowed'],
  'body-too-large': ['invalid_request', 413, 'The body is too large'],
  'wrong-content-type': ['invalid_request', 400, 'The content type is not supported'],
  'malformed-body': ['invalid_request', 400, 'The body is malformed'],
  'repeated-parameter': ['invalid_request', 400, 'A parameter is repeated'],
  'missing-parameter': ['invalid_request', 400, 'A parameter is missing'],
  'rate-limited': ['temporarily_unavailable', 429, 'Too many requests'],
  'unknown-client': ['invalid_client', 400, 'The application is not known, or its registration has expired'],
  'client-refused': ['unauthorized_client', 400, 'The application is not allowed here'],
  'bad-client-document': ['invalid_client', 400, 'The metadata document of the application is not valid'],
  'client-document-unreachable': [
    'invalid_client',
    400,
    'The metadata document of the application could not be read: it must be served with status 200, as JSON of at most 64 kB, without a redirect and within 5 seconds',
  ],
  'bad-client-credentials': ['invalid_client', 401, 'Client authentication failed'],
  'redirect-uri-mismatch': [
    'invalid_request',
    400,
    'The redirect_uri is not one that the application registered',
  ],
  'no-registration': ['invalid_request', 404, 'Dynamic client registration is disabled'],
  'bad-redirect-uri': [
    'invalid_redirect_uri',
    400,
    'A redirect URI must be https, or http on loopback, without a fragment',
  ],
  'bad-client-metadata': ['invalid_client_metadata', 400, 'The client metadata is not valid'],
  'unsupported-response-type': ['unsupported_response_type', 400, 'response_type must be code'],
  'unsupported-response-mode': ['invalid_request', 400, 'response_mode must be query'],
  'request-object': ['request_not_supported', 400, 'Request objects are not supported'],
  'pkce-required': ['invalid_request', 400, 'code_challenge with the code_challenge_method S256 is required'],
  'unknown-scope': ['invalid_scope', 400, 'None of the requested scopes is supported'],
  'scope-exceeded': ['invalid_scope', 400, 'The scope exceeds the granted scope'],
  'unknown-resource': ['invalid_target', 400, 'The resource is not one that this server issues tokens for'],
  denied: ['access_denied', 400, 'Access was denied'],
  'stale-consent': ['invalid_request', 400, 'This page has expired, or was opened in another browser'],
  'answered-consent': ['invalid_request', 400, 'This page has already been answered'],
  'foreign-consent': ['invalid_request', 403, 'The form was submitted from another site'],
  'stale-sign-in': ['invalid_request', 400, 'This sign-in has expired, or was started in another browser'],
  'upstream-refused': ['access_denied', 400, 'The identity provider did not sign you in'],
  'upstream-failed': ['temporarily_unavailable', 502, 'The identity provider is not available at the moment'],
  'unsupported-grant-type': [
    'unsupported_grant_type',
    400,
    'The grant_type must be authorization_code or refresh_token',
  ],
  'unknown-code': ['invalid_grant', 400, 'The code is not valid, has expired or was already used'],
  'reused-code': ['invalid_grant', 400, 'The code was used twice, so the tokens that it issued are revoked'],
  'code-mismatch': ['invalid_grant', 400, 'The code was issued for another redirect_uri or resource'],
  'pkce-mismatch': ['invalid_grant', 400, 'The code_verifier does not match the code_challenge'],
  'unknown-refresh-token': [
    'invalid_grant',
    400,
    'The refresh token is not valid, has expired or was revoked',
  ],
  'reused-refresh-token': ['invalid_grant', 400, 'The refresh token was used again, so its grant is revoked'],
  'another-clients-token': ['invalid_grant', 400, 'The token was issued to another application'],
  'store-unavailable': ['temporarily_unavailable', 503, 'The server is not available at the moment'],
  internal: ['server_error', 500, 'Internal Server Error'],
}

/** Details of a refusal. */
export interface RefusalDetails {
  /** The name of the parameter, header or member that caused the refusal. */
  parameter?: string | undefined
  /** What to change, as a sentence without a full stop. It is sent to the client, so it must not contain a secret. */
  hint?: string | undefined
  /** Response headers. */
  headers?: Record<string, string>
  /** The underlying error. It is reported, and never sent. */
  cause?: unknown
}

/** The error for a refused request. Its message is sent to the client, and contains no secret. */
export class OAuthServerRefusal extends RefusalError<OAuthServerRefusalReason> {
  /** The member `error` of the response. */
  readonly code: OAuthServerErrorCode
  /** The HTTP status, unless the response is a redirect. */
  readonly status: number
  /** Response headers. */
  readonly headers: Record<string, string>

  constructor(
    reason: OAuthServerRefusalReason,
    { parameter, hint, headers = {}, cause }: RefusalDetails = {},
  ) {
    const [code, status, message] = REFUSALS[reason]
    const text = parameter ? `${message}: ${parameter}` : message
    super('OAuthServerRefusal', reason, hint ? `${text}. ${hint}` : text, cause)
    this.code = code
    this.status = status
    this.headers = headers
  }
}

const MAX_TEXT_LENGTH = 120

/**
 * Prepares text from a client for a message: long text is cut off, and characters that an `error_description` must not
 * contain (RFC 6749 §5.2) are replaced.
 */
export const shortenText = (text: string): string => {
  const shown = text.slice(0, MAX_TEXT_LENGTH).replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?')
  return text.length > MAX_TEXT_LENGTH ? `${shown}...` : shown
}

/** Converts a thrown value to a refusal. The message of any other error is not sent to the client. */
export function toRefusal(thrown: unknown): OAuthServerRefusal {
  return thrown instanceof OAuthServerRefusal
    ? thrown
    : new OAuthServerRefusal('internal', { cause: toError(thrown) })
}
