import { toError } from '@portico-mcp/core/internal'
import * as oauth from 'oauth4webapi'
import type { UpstreamConnection } from './upstream-connection.ts'

/** The provider's tokens. They are kept encrypted, and handed to no client. */
export interface UpstreamTokens {
  accessToken: string
  refreshToken?: string
  /** Milliseconds since 1970. */
  expiresAt?: number
  /** Whose they are, by the ID token of the sign-in. */
  subject?: { iss: string; sub: string }
}

/** New tokens, or why the renewal failed. */
export type UpstreamRenewal =
  | UpstreamTokens
  /** The provider no longer takes the refresh token. */
  | 'refused'
  /** The new ID token is of another user, issuer or client than the one of the sign-in. */
  | 'another-user'
  /** `mayAsk` said no. */
  | 'not-asked'

/** What a renewal is bound by. */
export interface RenewalOptions {
  /** Ends all of its requests. */
  signal: AbortSignal
  /** Asked right before the refresh token is used, which can be done once. */
  mayAsk(): Promise<boolean>
}

/** The tokens of an answer. */
export function tokensOf(response: oauth.TokenEndpointResponse): UpstreamTokens {
  const { access_token, refresh_token, expires_in } = response
  const claims = oauth.getValidatedIdTokenClaims(response)
  return {
    accessToken: access_token,
    ...(refresh_token && { refreshToken: refresh_token }),
    ...(expires_in !== undefined && { expiresAt: Date.now() + expires_in * 1000 }),
    ...(claims && { subject: { iss: claims.iss, sub: claims.sub } }),
  }
}

/**
 * Uses the refresh token. An ID token in the answer must be of the same issuer, user and client (OpenID Connect Core
 * §12.2).
 *
 * @throws where the provider cannot be asked, or answers something else.
 */
export async function renewTokens(
  connection: UpstreamConnection,
  tokens: UpstreamTokens,
  { signal, mayAsk }: RenewalOptions,
): Promise<UpstreamRenewal> {
  const { client } = connection
  try {
    const as = await connection.server(signal)
    if (!(await mayAsk())) return 'not-asked'
    const answer = await oauth.refreshTokenGrantRequest(
      as,
      client,
      connection.authentication(),
      tokens.refreshToken as string,
      connection.options(as.token_endpoint, signal),
    )
    const response = await oauth.processRefreshTokenResponse(as, client, await connection.readable(answer))
    const renewed = tokensOf(response)
    if (!isSameSubject(tokens.subject, renewed.subject)) return 'another-user'
    const { refreshToken, subject } = tokens
    return { ...(refreshToken && { refreshToken }), ...(subject && { subject }), ...renewed }
  } catch (cause) {
    if (is(cause, oauth.ResponseBodyError) && cause.error === 'invalid_grant') return 'refused'
    if (isOfAnother(cause)) return 'another-user'
    throw withoutSecrets(cause)
  }
}

/**
 * Revokes tokens at the provider (RFC 7009), where it has an endpoint for it: the refresh token, which ends the access
 * token with it, or the access token alone.
 *
 * @throws where the provider cannot be asked, or refuses.
 */
export async function revokeTokens(
  connection: UpstreamConnection,
  { accessToken, refreshToken }: UpstreamTokens,
  signal: AbortSignal,
): Promise<void> {
  if (connection.provider.revocationEndpoint === false) return
  try {
    const as = await connection.server(signal)
    if (!as.revocation_endpoint) return
    const answer = await oauth.revocationRequest(
      as,
      connection.client,
      connection.authentication(),
      refreshToken ?? accessToken,
      {
        ...connection.options(as.revocation_endpoint, signal),
        additionalParameters: { token_type_hint: refreshToken ? 'refresh_token' : 'access_token' },
      },
    )
    await oauth.processRevocationResponse(answer)
  } catch (cause) {
    throw withoutSecrets(cause)
  }
}

/** What the library throws may carry the answer, and the answer tokens. */
export const withoutSecrets = (cause: unknown): Error => {
  const { code, error } = membersOf(cause)
  return Object.assign(new Error(cause === undefined ? 'The provider failed' : toError(cause).message), {
    code,
    error,
  })
}

interface Thrown {
  code?: unknown
  error?: unknown
  claim?: unknown
}

/** The members of whatever was thrown, by the library or by a `fetch` of the host's; none where they cannot be read. */
function membersOf(thrown: unknown): Thrown {
  try {
    const { code, error, cause } = thrown as Thrown & { cause?: Thrown }
    return { code, error, claim: cause?.claim }
  } catch {
    return {}
  }
}

/** `instanceof` for any value, also a revoked proxy. */
export function is<T>(thrown: unknown, Class: abstract new (...args: never[]) => T): thrown is T {
  try {
    return thrown instanceof Class
  } catch {
    return false
  }
}

const isSameSubject = (before: UpstreamTokens['subject'], after: UpstreamTokens['subject']): boolean =>
  !before || !after || (before.iss === after.iss && before.sub === after.sub)

/** Whether the library refused an ID token because of whom it is of. */
function isOfAnother(cause: unknown): boolean {
  const { code, claim } = membersOf(cause)
  return code === oauth.JWT_CLAIM_COMPARISON && ['iss', 'aud', 'azp'].includes(claim as string)
}
