import { RefusalError, toError } from '@portico-mcp/core/internal'

/** Error codes of RFC 6749, 7591, 8707 and OpenID Connect that the server answers with. */
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

/** The stable id of why a request was refused: tell refusals apart by it, never by their text. */
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

type Row = readonly [code: OAuthServerErrorCode, status: number, description: string]

const REFUSALS: Record<OAuthServerRefusalReason, Row> = {
  'no-such-path': ['invalid_request', 404, 'There is nothing here'],
  'method-not-allowed': ['invalid_request', 405, 'The method is not allowed'],
  'body-too-large': ['invalid_request', 413, 'The body is too large'],
  'wrong-content-type': ['invalid_request', 400, 'The content type is wrong'],
  'malformed-body': ['invalid_request', 400, 'The body cannot be read'],
  'repeated-parameter': ['invalid_request', 400, 'A parameter is repeated'],
  'missing-parameter': ['invalid_request', 400, 'A parameter is missing'],
  'rate-limited': ['temporarily_unavailable', 429, 'Too many requests'],
  'unknown-client': ['invalid_client', 400, 'The application is not known, or its registration has expired'],
  'client-refused': ['unauthorized_client', 400, 'The application is not allowed here'],
  'bad-client-document': ['invalid_client', 400, 'The document of the application cannot be used'],
  'client-document-unreachable': [
    'invalid_client',
    400,
    'The document of the application cannot be read: it must come with status 200, as JSON of at most 64 kB, without a redirect and within 5 seconds',
  ],
  'bad-client-credentials': ['invalid_client', 401, 'The application did not prove who it is'],
  'redirect-uri-mismatch': [
    'invalid_request',
    400,
    'The redirect_uri is not one that the application registered',
  ],
  'no-registration': ['invalid_request', 404, 'Applications cannot register here'],
  'bad-redirect-uri': [
    'invalid_redirect_uri',
    400,
    'A redirect URI must be https, or http on loopback, without a fragment',
  ],
  'bad-client-metadata': ['invalid_client_metadata', 400, 'The metadata of the application cannot be used'],
  'unsupported-response-type': ['unsupported_response_type', 400, 'response_type must be code'],
  'unsupported-response-mode': ['invalid_request', 400, 'response_mode must be query'],
  'request-object': ['request_not_supported', 400, 'Request objects are not supported'],
  'pkce-required': ['invalid_request', 400, 'code_challenge with the code_challenge_method S256 is required'],
  'unknown-scope': ['invalid_scope', 400, 'None of the scopes is known'],
  'scope-exceeded': ['invalid_scope', 400, 'The scope exceeds what was granted'],
  'unknown-resource': ['invalid_target', 400, 'The resource is not one that tokens are issued for'],
  denied: ['access_denied', 400, 'Access was denied'],
  'stale-consent': [
    'invalid_request',
    400,
    'This page is no longer valid, or was not opened in this browser',
  ],
  'answered-consent': ['invalid_request', 400, 'This page has been answered'],
  'foreign-consent': ['invalid_request', 403, 'The answer came from another site'],
  'stale-sign-in': ['invalid_request', 400, 'This sign-in is over, or was begun in another browser'],
  'upstream-refused': ['access_denied', 400, 'The identity provider did not sign you in'],
  'upstream-failed': ['temporarily_unavailable', 502, 'The identity provider cannot be used at the moment'],
  'unsupported-grant-type': [
    'unsupported_grant_type',
    400,
    'The grant_type must be authorization_code or refresh_token',
  ],
  'unknown-code': ['invalid_grant', 400, 'The code is not valid, has expired or was used'],
  'reused-code': ['invalid_grant', 400, 'The code was used twice: what it had issued is revoked'],
  'code-mismatch': ['invalid_grant', 400, 'The code was issued for another request'],
  'pkce-mismatch': ['invalid_grant', 400, 'The code_verifier does not match'],
  'unknown-refresh-token': [
    'invalid_grant',
    400,
    'The refresh token is not valid, has expired or was revoked',
  ],
  'reused-refresh-token': ['invalid_grant', 400, 'The refresh token was used again: its grant is revoked'],
  'another-clients-token': ['invalid_grant', 400, 'The token was issued to another application'],
  'store-unavailable': ['temporarily_unavailable', 503, 'The server cannot answer at the moment'],
  internal: ['server_error', 500, 'Internal Server Error'],
}

/** What a refusal may say besides. */
export interface RefusalDetails {
  /** The name of the parameter, header or member that it is about. */
  parameter?: string | undefined
  /** What to change, as a sentence without a full stop. It reaches the client, so it holds no secret. */
  hint?: string | undefined
  /** Response headers. */
  headers?: Record<string, string>
  /** What went wrong underneath: reported, never sent. */
  cause?: unknown
}

/** Why the authorization server refused a request. Its message reaches the client, and holds no secret. */
export class OAuthServerRefusal extends RefusalError<OAuthServerRefusalReason> {
  /** The `error` of the answer. */
  readonly code: OAuthServerErrorCode
  /** The HTTP status, where the answer is no redirect. */
  readonly status: number
  /** Response headers. */
  readonly headers: Record<string, string>

  constructor(
    reason: OAuthServerRefusalReason,
    { parameter, hint, headers = {}, cause }: RefusalDetails = {},
  ) {
    const [code, status, description] = REFUSALS[reason]
    const what = parameter ? `${description}: ${parameter}` : description
    super('OAuthServerRefusal', reason, hint ? `${what}. ${hint}` : what, cause)
    this.code = code
    this.status = status
    this.headers = headers
  }
}

const MAX_SHOWN = 120

/** A client's text for a message: cut, and with no character that an `error_description` cannot have (RFC 6749 §5.2). */
export const shortened = (text: string): string => {
  const shown = text.slice(0, MAX_SHOWN).replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?')
  return text.length > MAX_SHOWN ? `${shown}...` : shown
}

/** What was thrown, as a refusal; what is none is masked. */
export function toRefusal(thrown: unknown): OAuthServerRefusal {
  return thrown instanceof OAuthServerRefusal
    ? thrown
    : new OAuthServerRefusal('internal', { cause: toError(thrown) })
}
