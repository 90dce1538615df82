import { toError } from '@portico-mcp/core/internal'
import * as oauth from 'oauth4webapi'
import type { UpstreamConnection } from './upstream-connection.ts'

/** The tokens of the identity provider. They are stored encrypted, and never sent to a client. */
export interface UpstreamTokens {
  accessToken: string
  refreshToken?: string
  /** Milliseconds since 1970. */
  expiresAt?: number
  /** The user, from the ID token of the sign-in. */
  subject?: { iss: string; sub: string }
}

/** New tokens, or why the renewal failed. */
export type UpstreamRenewal =
  | UpstreamTokens
  /** The provider does not accept the refresh token any more. */
  | 'refused'
  /** The new ID token belongs to another user, issuer or client than that of the sign-in. */
  | 'another-user'
  /** `mayProceed` returned false. */
  | 'not-sent'

/** Options of {@link renewTokens}. */
export interface RenewalOptions {
  /** Aborts all requests of the renewal. */
  signal: AbortSignal
  /** Called right before the refresh token is sent, which can be done only once. */
  mayProceed(): Promise<boolean>
}

/** Reads the tokens from a response of the token endpoint. */
export function readTokens(response: oauth.TokenEndpointResponse): UpstreamTokens {
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
 * Renews tokens with the refresh token. An ID token in the response must belong to the same issuer, user and client (OpenID
 * Connect Core §12.2).
 *
 * @throws Error if the provider is not reachable, or its response is unexpected.
 */
export async function renewTokens(
  connection: UpstreamConnection,
  tokens: UpstreamTokens,
  { signal, mayProceed }: RenewalOptions,
): Promise<UpstreamRenewal> {
  const { client } = connection
  try {
    const as = await connection.fetchMetadata(signal)
    if (!(await mayProceed())) return 'not-sent'
    const response = await oauth.refreshTokenGrantRequest(
      as,
      client,
      connection.authenticate(),
      tokens.refreshToken as string,
      connection.buildOptions(as.token_endpoint, signal),
    )
    const result = await oauth.processRefreshTokenResponse(
      as,
      client,
      await connection.removeUnverifiable(response),
    )
    const renewed = readTokens(result)
    if (!isSameSubject(tokens.subject, renewed.subject)) return 'another-user'
    const { refreshToken, subject } = tokens
    return { ...(refreshToken && { refreshToken }), ...(subject && { subject }), ...renewed }
  } catch (cause) {
    if (isInstance(cause, oauth.ResponseBodyError) && cause.error === 'invalid_grant') return 'refused'
    if (isAboutAnotherUser(cause)) return 'another-user'
    throw removeSecrets(cause)
  }
}

/**
 * Revokes tokens at the provider (RFC 7009), if it has an endpoint for that: the refresh token, and with it the access
 * token, or the access token if there is no other.
 *
 * @throws Error if the provider is not reachable, or refuses.
 */
export async function revokeTokens(
  connection: UpstreamConnection,
  { accessToken, refreshToken }: UpstreamTokens,
  signal: AbortSignal,
): Promise<void> {
  if (connection.provider.revocationEndpoint === false) return
  try {
    const as = await connection.fetchMetadata(signal)
    if (!as.revocation_endpoint) return
    const response = await oauth.revocationRequest(
      as,
      connection.client,
      connection.authenticate(),
      refreshToken ?? accessToken,
      {
        ...connection.buildOptions(as.revocation_endpoint, signal),
        additionalParameters: { token_type_hint: refreshToken ? 'refresh_token' : 'access_token' },
      },
    )
    await oauth.processRevocationResponse(response)
  } catch (cause) {
    throw removeSecrets(cause)
  }
}

/** Copies an error without its cause. The errors of oauth4webapi may contain the response, and so tokens. */
export const removeSecrets = (cause: unknown): Error => {
  const { code, error } = readErrorMembers(cause)
  return Object.assign(
    new Error(cause === undefined ? 'The identity provider failed' : toError(cause).message),
    {
      code,
      error,
    },
  )
}

interface ErrorMembers {
  code?: unknown
  error?: unknown
  claim?: unknown
}

/** Reads the members of a value that oauth4webapi or a custom `fetch` threw. Members that cannot be read are left out. */
function readErrorMembers(thrown: unknown): ErrorMembers {
  try {
    const { code, error, cause } = thrown as ErrorMembers & { cause?: ErrorMembers }
    return { code, error, claim: cause?.claim }
  } catch {
    return {}
  }
}

/** Like `instanceof`, but returns false for a revoked proxy instead of throwing. */
export function isInstance<T>(thrown: unknown, Class: abstract new (...args: never[]) => T): thrown is T {
  try {
    return thrown instanceof Class
  } catch {
    return false
  }
}

const isSameSubject = (before: UpstreamTokens['subject'], after: UpstreamTokens['subject']): boolean =>
  !before || !after || (before.iss === after.iss && before.sub === after.sub)

/** Whether oauth4webapi rejected an ID token because of its issuer, audience or authorized party. */
function isAboutAnotherUser(cause: unknown): boolean {
  const { code, claim } = readErrorMembers(cause)
  return code === oauth.JWT_CLAIM_COMPARISON && ['iss', 'aud', 'azp'].includes(claim as string)
}
