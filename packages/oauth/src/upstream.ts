import * as oauth from 'oauth4webapi'
import { OAuthServerRefusal } from './refusal.ts'
import { connectUpstream } from './upstream-connection.ts'
import { type UpstreamClaims, type UpstreamProvider, userOf } from './upstream-provider.ts'
import {
  is,
  type RenewalOptions,
  renewTokens,
  revokeTokens,
  tokensOf,
  type UpstreamRenewal,
  type UpstreamTokens,
  withoutSecrets,
} from './upstream-tokens.ts'
import type { User } from './user.ts'

export type { UpstreamTokens } from './upstream-tokens.ts'

/** What a sign-in at the provider needs to be finished; it is kept here, and never seen by anybody. */
export interface UpstreamRequest {
  verifier: string
  nonce?: string
}

/** The identity provider behind this server. */
export interface Upstream {
  readonly id: string
  /** Where it is: its issuer, or its authorization endpoint. */
  readonly url: string
  /** What is asked for there. */
  readonly scopes: readonly string[]
  /** What begins a sign-in: PKCE (S256), and a nonce where there is an ID token. */
  begin(): UpstreamRequest
  /** Where the browser is sent. */
  authorizationUrl(request: UpstreamRequest, state: string): Promise<string>
  /**
   * Takes what the browser came back with.
   *
   * @throws OAuthServerRefusal `upstream-refused` or `upstream-failed`.
   */
  finish(
    callback: URLSearchParams,
    request: UpstreamRequest,
    state: string,
  ): Promise<{ user: User; tokens: UpstreamTokens }>
  /** New tokens in the place of some with a refresh token. @throws where the provider cannot be asked. */
  renew(tokens: UpstreamTokens, options: RenewalOptions): Promise<UpstreamRenewal>
  /** Ends tokens at the provider, where it can be asked to. @throws where it does not do it. */
  revoke(tokens: UpstreamTokens, signal: AbortSignal): Promise<void>
}

const MAX_USERINFO = 256 * 1024

/** @throws TypeError for a provider that nobody could sign in at. */
export function upstreamOf(
  given: UpstreamProvider,
  { callbackUrl, fetch }: { callbackUrl: string; fetch: typeof globalThis.fetch },
): Upstream {
  const connection = connectUpstream(given, fetch)
  const { provider, client, hasIdToken, scopes, server, authentication, options, readable } = connection

  async function claimsOf(
    as: oauth.AuthorizationServer,
    response: oauth.TokenEndpointResponse,
  ): Promise<UpstreamClaims> {
    const idToken = oauth.getValidatedIdTokenClaims(response)
    if (!as.userinfo_endpoint) return { ...idToken }
    const url = new URL(as.userinfo_endpoint)
    const headers = new Headers({ accept: 'application/json', 'user-agent': 'portico' })
    const answer = await oauth.protectedResourceRequest(
      response.access_token,
      'GET',
      url,
      headers,
      undefined,
      options(url.href),
    )
    if (answer.status !== 200) throw new Error(`${url.host} answered ${answer.status}`)
    const body = await answer.text()
    if (body.length > MAX_USERINFO) throw new Error(`${url.host} says too much`)
    const claims = JSON.parse(body) as UpstreamClaims
    // OpenID Connect Core §5.3.2
    if (idToken && claims.sub !== idToken.sub) throw new Error('The userinfo is of somebody else')
    return { ...idToken, ...claims }
  }

  return {
    id: provider.id,
    url: (provider.issuer ?? provider.authorizationEndpoint) as string,
    scopes,
    begin: () => ({
      verifier: oauth.generateRandomCodeVerifier(),
      ...(hasIdToken && { nonce: oauth.generateRandomNonce() }),
    }),
    async authorizationUrl({ verifier, nonce }, state) {
      try {
        const url = new URL((await server()).authorization_endpoint as string)
        const parameters = {
          ...provider.authorizationParams,
          response_type: 'code',
          client_id: provider.clientId,
          redirect_uri: callbackUrl,
          state,
          code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          ...(scopes.length > 0 && { scope: scopes.join(' ') }),
          ...(nonce && { nonce }),
        }
        for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
        return url.href
      } catch (cause) {
        throw new OAuthServerRefusal('upstream-failed', { cause })
      }
    },
    async finish(callback, { verifier, nonce }, state) {
      try {
        const as = await server()
        const parameters = oauth.validateAuthResponse(as, client, callback, state)
        const answer = await oauth.authorizationCodeGrantRequest(
          as,
          client,
          authentication(),
          parameters,
          callbackUrl,
          verifier,
          options(as.token_endpoint),
        )
        const response = await oauth.processAuthorizationCodeResponse(as, client, await readable(answer), {
          requireIdToken: hasIdToken,
          ...(nonce && { expectedNonce: nonce }),
        })
        const user = await (provider.mapUser ?? userOf)(await claimsOf(as, response))
        if (!user?.sub) throw new OAuthServerRefusal('upstream-refused')
        return { user, tokens: tokensOf(response) }
      } catch (cause) {
        if (cause instanceof OAuthServerRefusal) throw cause
        const refused = is(cause, oauth.AuthorizationResponseError)
        throw new OAuthServerRefusal(refused ? 'upstream-refused' : 'upstream-failed', {
          cause: withoutSecrets(cause),
        })
      }
    },
    renew: (tokens, how) => renewTokens(connection, tokens, how),
    revoke: (tokens, signal) => revokeTokens(connection, tokens, signal),
  }
}
