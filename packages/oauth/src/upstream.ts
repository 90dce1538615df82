import * as oauth from 'oauth4webapi'
import { OAuthServerRefusal } from './refusal.ts'
import { removeUndefined } from './remove-undefined.ts'
import { connectUpstream, type UpstreamConnection } from './upstream-connection.ts'
import { mapUser, type UpstreamProvider } from './upstream-provider.ts'
import {
  isInstance,
  type RenewalOptions,
  readTokens,
  removeSecrets,
  renewTokens,
  revokeTokens,
  type UpstreamRenewal,
  type UpstreamTokens,
} from './upstream-tokens.ts'
import { fetchUpstreamClaims } from './upstream-user.ts'
import type { User } from './user.ts'

export type { UpstreamTokens } from './upstream-tokens.ts'

/** The secrets of a sign-in at the identity provider. They are stored, and never sent to the browser or a client. */
export interface UpstreamRequest {
  /** The code verifier (RFC 7636). */
  verifier: string
  nonce?: string
}

/** The identity provider where users sign in. */
export interface Upstream {
  readonly id: string
  /** The scopes that are requested there. */
  readonly scopes: readonly string[]
  /** Creates the secrets of a sign-in: PKCE (S256), and a nonce if there is an ID token. */
  begin(): UpstreamRequest
  /**
   * Builds the URL that the browser is sent to.
   *
   * @throws OAuthServerRefusal `upstream-failed`
   */
  buildAuthorizationUrl(request: UpstreamRequest, state: string): Promise<string>
  /**
   * Ends a sign-in.
   *
   * @param callback - The parameters that the browser came back with.
   * @throws OAuthServerRefusal `upstream-refused` or `upstream-failed`
   */
  finish(
    callback: URLSearchParams,
    request: UpstreamRequest,
    state: string,
  ): Promise<{ user: User; tokens: UpstreamTokens }>
  /** Renews tokens that have a refresh token. @throws Error if the provider is not reachable. */
  renew(tokens: UpstreamTokens, options: RenewalOptions): Promise<UpstreamRenewal>
  /** Revokes tokens at the provider, if it has an endpoint for that. @throws Error if that fails. */
  revoke(tokens: UpstreamTokens, signal: AbortSignal): Promise<void>
}

/**
 * Creates the client of an identity provider.
 *
 * @throws TypeError if an option of the provider is unknown, malformed or missing.
 */
export function createUpstream(
  given: UpstreamProvider,
  { callbackUrl, fetch }: { callbackUrl: string; fetch: typeof globalThis.fetch },
): Upstream {
  const connection = connectUpstream(given, fetch)
  const { provider, hasIdToken, scopes } = connection
  return {
    id: provider.id,
    scopes,
    begin: () => ({
      verifier: oauth.generateRandomCodeVerifier(),
      ...(hasIdToken && { nonce: oauth.generateRandomNonce() }),
    }),
    async buildAuthorizationUrl(request, state) {
      try {
        const metadata = await connection.fetchMetadata()
        const url = new URL(metadata.authorization_endpoint as string)
        const parameters = await buildParameters(connection, request, { state, callbackUrl })
        for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
        return url.href
      } catch (cause) {
        throw new OAuthServerRefusal('upstream-failed', { cause })
      }
    },
    async finish(callback, request, state) {
      try {
        const metadata = await connection.fetchMetadata()
        const parameters = oauth.validateAuthResponse(metadata, connection.client, callback, state)
        const result = await redeemCode(connection, metadata, { parameters, request, callbackUrl })
        const claims = await fetchUpstreamClaims(connection, metadata, result)
        const user = await (provider.mapUser ?? mapUser)(claims)
        if (!user?.sub) throw new OAuthServerRefusal('upstream-refused')
        return { user, tokens: readTokens(result) }
      } catch (cause) {
        throw toUpstreamRefusal(cause)
      }
    },
    renew: (tokens, options) => renewTokens(connection, tokens, options),
    revoke: (tokens, signal) => revokeTokens(connection, tokens, signal),
  }
}

async function buildParameters(
  { provider, scopes }: UpstreamConnection,
  { verifier, nonce }: UpstreamRequest,
  { state, callbackUrl }: { state: string; callbackUrl: string },
): Promise<Record<string, string>> {
  return {
    ...removeUndefined(provider.authorizationParams ?? {}),
    response_type: 'code',
    client_id: provider.clientId,
    redirect_uri: callbackUrl,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    ...(nonce && { nonce }),
  }
}

async function redeemCode(
  { client, hasIdToken, ...connection }: UpstreamConnection,
  metadata: oauth.AuthorizationServer,
  sent: { parameters: URLSearchParams; request: UpstreamRequest; callbackUrl: string },
): Promise<oauth.TokenEndpointResponse> {
  const { verifier, nonce } = sent.request
  const response = await oauth.authorizationCodeGrantRequest(
    metadata,
    client,
    connection.authenticate(),
    sent.parameters,
    sent.callbackUrl,
    verifier,
    connection.buildOptions(metadata.token_endpoint),
  )
  return oauth.processAuthorizationCodeResponse(
    metadata,
    client,
    await connection.removeUnverifiable(response),
    { requireIdToken: hasIdToken, ...(nonce && { expectedNonce: nonce }) },
  )
}

function toUpstreamRefusal(cause: unknown): OAuthServerRefusal {
  if (cause instanceof OAuthServerRefusal) return cause
  const isRefused = isInstance(cause, oauth.AuthorizationResponseError)
  return new OAuthServerRefusal(isRefused ? 'upstream-refused' : 'upstream-failed', {
    cause: removeSecrets(cause),
  })
}
