import * as oauth from 'oauth4webapi'
import type { User } from './options.ts'
import { OAuthServerRefusal } from './refusal.ts'
import { readProvider, type UpstreamClaims, type UpstreamProvider, userOf } from './upstream-provider.ts'

/** What a sign-in at the provider needs to be finished; it is kept here, and never seen by anybody. */
export interface UpstreamRequest {
  verifier: string
  nonce?: string
}

/** The provider's tokens. They are kept encrypted, and handed to no client. */
export interface UpstreamTokens {
  accessToken: string
  refreshToken?: string
  /** Milliseconds since 1970. */
  expiresAt?: number
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
  /** New tokens in the place of some with a refresh token; undefined where the provider has ended the sign-in. @throws where it cannot be asked. */
  refresh(tokens: UpstreamTokens): Promise<UpstreamTokens | undefined>
}

const TIMEOUT_MS = 10_000
const DOCUMENT_MS = 3_600_000
const MAX_USERINFO = 256 * 1024

/** @throws TypeError for a provider that nobody could sign in at. */
export function upstreamOf(
  given: UpstreamProvider,
  { callbackUrl, fetch }: { callbackUrl: string; fetch: typeof globalThis.fetch },
): Upstream {
  const provider = readProvider(given)
  const client: oauth.Client = { client_id: provider.clientId }
  const scopes = provider.scopes ?? (provider.issuer ? ['openid', 'email', 'profile'] : [])
  const hasIdToken = scopes.includes('openid') && provider.issuer !== undefined
  const options = (url: string | undefined) => ({
    [oauth.customFetch]: fetch as (url: string, init: unknown) => Promise<Response>,
    [oauth.allowInsecureRequests]: url?.startsWith('http://') ?? false,
    signal: () => AbortSignal.timeout(TIMEOUT_MS),
  })
  let document: { server: oauth.AuthorizationServer; until: number } | undefined

  async function discover(issuer: string): Promise<oauth.AuthorizationServer> {
    const failures: unknown[] = []
    for (const algorithm of ['oidc', 'oauth2'] as const) {
      try {
        const response = await oauth.discoveryRequest(new URL(issuer), { ...options(issuer), algorithm })
        // auth0's issuer ends with a slash, which a URL without a path has anyway
        return await oauth.processDiscoveryResponse(new URL(issuer), response)
      } catch (error) {
        failures.push(error)
      }
    }
    throw new AggregateError(failures, `No metadata of ${issuer} was found`)
  }

  async function server(): Promise<oauth.AuthorizationServer> {
    if (provider.issuer && !(document && document.until > Date.now())) {
      document = { server: await discover(provider.issuer), until: Date.now() + DOCUMENT_MS }
    }
    const { authorizationEndpoint, tokenEndpoint, userInfoEndpoint } = provider
    const own = {
      authorization_endpoint: authorizationEndpoint,
      token_endpoint: tokenEndpoint,
      userinfo_endpoint: userInfoEndpoint,
    }
    const issuer = document?.server.issuer ?? new URL(authorizationEndpoint as string).origin
    return { ...document?.server, ...defined(own), issuer }
  }

  function authentication(): oauth.ClientAuth {
    const { clientSecret, tokenEndpointAuthMethod, issuer } = provider
    if (clientSecret === undefined) return oauth.None()
    const isBasic =
      (tokenEndpointAuthMethod ?? (issuer ? 'client_secret_basic' : 'client_secret_post')) ===
      'client_secret_basic'
    return isBasic ? oauth.ClientSecretBasic(clientSecret) : oauth.ClientSecretPost(clientSecret)
  }

  const readable = async (answer: Response): Promise<Response> =>
    hasIdToken ? answer : withoutIdToken(answer)

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
        const user = (provider.mapUser ?? userOf)(await claimsOf(as, response))
        if (!user?.sub) throw new OAuthServerRefusal('upstream-refused')
        return { user, tokens: tokensOf(response) }
      } catch (cause) {
        if (cause instanceof OAuthServerRefusal) throw cause
        const refused = cause instanceof oauth.AuthorizationResponseError
        throw new OAuthServerRefusal(refused ? 'upstream-refused' : 'upstream-failed', {
          cause: shown(cause),
        })
      }
    },
    async refresh(tokens) {
      try {
        const as = await server()
        const answer = await oauth.refreshTokenGrantRequest(
          as,
          client,
          authentication(),
          tokens.refreshToken as string,
          options(as.token_endpoint),
        )
        const response = await oauth.processRefreshTokenResponse(as, client, await readable(answer))
        return { refreshToken: tokens.refreshToken, ...tokensOf(response) }
      } catch (cause) {
        if (cause instanceof oauth.ResponseBodyError && cause.error === 'invalid_grant') return undefined
        throw shown(cause)
      }
    },
  }
}

// where no issuer is known, nobody could check it
async function withoutIdToken(answer: Response): Promise<Response> {
  if (answer.status !== 200) return answer
  const { id_token: _, ...body } = (await answer.json()) as Record<string, unknown>
  return Response.json(body)
}

function tokensOf({ access_token, refresh_token, expires_in }: oauth.TokenEndpointResponse): UpstreamTokens {
  return {
    accessToken: access_token,
    ...(refresh_token && { refreshToken: refresh_token }),
    ...(expires_in !== undefined && { expiresAt: Date.now() + expires_in * 1000 }),
  }
}

// what the library throws may carry the answer, and the answer tokens
const shown = (cause: unknown): Error => {
  const { message, code, error } = cause as { message?: string; code?: string; error?: string }
  return Object.assign(new Error(message ?? 'The provider failed'), { code, error })
}

const defined = <T extends object>(object: T): Partial<T> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>
