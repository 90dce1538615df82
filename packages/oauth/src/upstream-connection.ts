import * as oauth from 'oauth4webapi'
import { removeUndefined } from './remove-undefined.ts'
import { readProvider, type UpstreamProvider } from './upstream-provider.ts'

interface RequestOptions {
  [oauth.customFetch]: (url: string, init: unknown) => Promise<Response>
  [oauth.allowInsecureRequests]: boolean
  signal: () => AbortSignal
}

/** What requests to the identity provider need. */
export interface UpstreamConnection {
  readonly provider: UpstreamProvider
  readonly client: oauth.Client
  /** Whether the provider issues an ID token that can be verified. */
  readonly hasIdToken: boolean
  /** The scopes to request. */
  readonly scopes: readonly string[]
  /** Returns the metadata of the provider. It is fetched if it is not cached. */
  fetchMetadata(signal?: AbortSignal): Promise<oauth.AuthorizationServer>
  /** Returns the client authentication for requests to the provider. */
  authenticate(): oauth.ClientAuth
  /** Builds the options of a request to the provider. Without a signal, its time limit is ten seconds. */
  buildOptions(url: string | undefined, signal?: AbortSignal): RequestOptions
  /** Removes an ID token that cannot be verified from a response of the token endpoint. */
  removeUnverifiable(response: Response): Promise<Response>
}

const TIMEOUT_MS = 10_000
const METADATA_TTL_MS = 3_600_000

/**
 * Creates the connection to an identity provider.
 *
 * @throws TypeError if an option is unknown, malformed or missing.
 */
export function connectUpstream(given: UpstreamProvider, fetch: typeof globalThis.fetch): UpstreamConnection {
  const provider = readProvider(given)
  const scopes = provider.scopes ?? (provider.issuer ? ['openid', 'email', 'profile'] : [])
  const hasIdToken = scopes.includes('openid') && provider.issuer !== undefined
  const buildOptions: UpstreamConnection['buildOptions'] = (url, signal) => ({
    [oauth.customFetch]: fetch as (url: string, init: unknown) => Promise<Response>,
    [oauth.allowInsecureRequests]: url?.startsWith('http://') ?? false,
    signal: () => signal ?? AbortSignal.timeout(TIMEOUT_MS),
  })
  let cached: { metadata: oauth.AuthorizationServer; until: number } | undefined
  return {
    provider,
    client: { client_id: provider.clientId },
    hasIdToken,
    scopes,
    buildOptions,
    authenticate: () => createAuthentication(provider),
    removeUnverifiable: async (response) => (hasIdToken ? response : removeIdToken(response)),
    async fetchMetadata(signal) {
      const { issuer } = provider
      if (issuer && !(cached && cached.until > Date.now())) {
        const metadata = await discoverMetadata(new URL(issuer), buildOptions(issuer, signal), signal)
        cached = { metadata, until: Date.now() + METADATA_TTL_MS }
      }
      return mergeMetadata(provider, cached?.metadata)
    },
  }
}

/** Fetches the metadata of an issuer (OpenID Connect Discovery, RFC 8414). */
async function discoverMetadata(
  issuer: URL,
  options: RequestOptions,
  signal: AbortSignal | undefined,
): Promise<oauth.AuthorizationServer> {
  const failures: unknown[] = []
  for (const algorithm of ['oidc', 'oauth2'] as const) {
    try {
      signal?.throwIfAborted()
      const response = await oauth.discoveryRequest(issuer, { ...options, algorithm })
      // The issuer of Auth0 ends with a slash, which `new URL` adds to other issuers too.
      return await oauth.processDiscoveryResponse(issuer, response)
    } catch (error) {
      failures.push(error)
    }
  }
  throw new AggregateError(failures, `No metadata of ${issuer} was found: see errors`)
}

/** Adds the configured endpoints to the metadata. */
function mergeMetadata(
  provider: UpstreamProvider,
  metadata: oauth.AuthorizationServer | undefined,
): oauth.AuthorizationServer {
  const configured = {
    authorization_endpoint: provider.authorizationEndpoint,
    token_endpoint: provider.tokenEndpoint,
    userinfo_endpoint: provider.userInfoEndpoint,
    revocation_endpoint: provider.revocationEndpoint || undefined,
  }
  const issuer = metadata?.issuer ?? new URL(provider.authorizationEndpoint as string).origin
  return { ...metadata, ...removeUndefined(configured), issuer }
}

function createAuthentication(provider: UpstreamProvider): oauth.ClientAuth {
  const { clientSecret, tokenEndpointAuthMethod, issuer } = provider
  if (clientSecret === undefined) return oauth.None()
  const method = tokenEndpointAuthMethod ?? (issuer ? 'client_secret_basic' : 'client_secret_post')
  return method === 'client_secret_basic'
    ? oauth.ClientSecretBasic(clientSecret)
    : oauth.ClientSecretPost(clientSecret)
}

// An ID token cannot be verified if its issuer is unknown.
async function removeIdToken(response: Response): Promise<Response> {
  if (response.status !== 200) return response
  const { id_token: _, ...body } = (await response.json()) as Record<string, unknown>
  return Response.json(body)
}
