import * as oauth from 'oauth4webapi'
import { readProvider, type UpstreamProvider } from './upstream-provider.ts'

interface RequestOptions {
  [oauth.customFetch]: (url: string, init: unknown) => Promise<Response>
  [oauth.allowInsecureRequests]: boolean
  signal: () => AbortSignal
}

/** The identity provider, as the requests to it need it. */
export interface UpstreamConnection {
  readonly provider: UpstreamProvider
  readonly client: oauth.Client
  /** Whether it gives an ID token that can be checked. */
  readonly hasIdToken: boolean
  readonly scopes: readonly string[]
  /** Its metadata, fetched where it is over. */
  server(signal?: AbortSignal): Promise<oauth.AuthorizationServer>
  /** How this server says who it is there. */
  authentication(): oauth.ClientAuth
  /** Options of a request to a URL of the provider; without a signal, each has ten seconds. */
  options(url: string | undefined, signal?: AbortSignal): RequestOptions
  /** An answer of its token endpoint, without an ID token that cannot be verified. */
  readable(answer: Response): Promise<Response>
}

const TIMEOUT_MS = 10_000
const DOCUMENT_MS = 3_600_000

/** @throws TypeError for a provider whose options do not allow signing in. */
export function connectUpstream(given: UpstreamProvider, fetch: typeof globalThis.fetch): UpstreamConnection {
  const provider = readProvider(given)
  const scopes = provider.scopes ?? (provider.issuer ? ['openid', 'email', 'profile'] : [])
  const hasIdToken = scopes.includes('openid') && provider.issuer !== undefined
  let document: { server: oauth.AuthorizationServer; until: number } | undefined

  const options: UpstreamConnection['options'] = (url, signal) => ({
    [oauth.customFetch]: fetch as (url: string, init: unknown) => Promise<Response>,
    [oauth.allowInsecureRequests]: url?.startsWith('http://') ?? false,
    signal: () => signal ?? AbortSignal.timeout(TIMEOUT_MS),
  })

  async function discover(issuer: string, signal?: AbortSignal): Promise<oauth.AuthorizationServer> {
    const failures: unknown[] = []
    for (const algorithm of ['oidc', 'oauth2'] as const) {
      try {
        signal?.throwIfAborted()
        const response = await oauth.discoveryRequest(new URL(issuer), {
          ...options(issuer, signal),
          algorithm,
        })
        // auth0's issuer ends with a slash, which a URL without a path has anyway
        return await oauth.processDiscoveryResponse(new URL(issuer), response)
      } catch (error) {
        failures.push(error)
      }
    }
    throw new AggregateError(failures, `No metadata of ${issuer} was found`)
  }

  return {
    provider,
    client: { client_id: provider.clientId },
    hasIdToken,
    scopes,
    options,
    readable: async (answer) => (hasIdToken ? answer : withoutIdToken(answer)),
    async server(signal) {
      if (provider.issuer && !(document && document.until > Date.now())) {
        document = { server: await discover(provider.issuer, signal), until: Date.now() + DOCUMENT_MS }
      }
      const own = {
        authorization_endpoint: provider.authorizationEndpoint,
        token_endpoint: provider.tokenEndpoint,
        userinfo_endpoint: provider.userInfoEndpoint,
        revocation_endpoint: provider.revocationEndpoint || undefined,
      }
      const issuer = document?.server.issuer ?? new URL(provider.authorizationEndpoint as string).origin
      return { ...document?.server, ...defined(own), issuer }
    },
    authentication() {
      const { clientSecret, tokenEndpointAuthMethod, issuer } = provider
      if (clientSecret === undefined) return oauth.None()
      const isBasic =
        (tokenEndpointAuthMethod ?? (issuer ? 'client_secret_basic' : 'client_secret_post')) ===
        'client_secret_basic'
      return isBasic ? oauth.ClientSecretBasic(clientSecret) : oauth.ClientSecretPost(clientSecret)
    },
  }
}

// an ID token cannot be verified if its issuer is unknown
async function withoutIdToken(answer: Response): Promise<Response> {
  if (answer.status !== 200) return answer
  const { id_token: _, ...body } = (await answer.json()) as Record<string, unknown>
  return Response.json(body)
}

const defined = <T extends object>(object: T): Partial<T> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>
