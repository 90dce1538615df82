import {
  anyOf,
  createMetadataHandler,
  getOAuthProtectedResourceMetadataUrl,
  type OAuthTokenVerifier,
  oidcVerifier,
  withAuth,
} from '@portico-mcp/auth'
import type { FetchHandler } from '@portico-mcp/core'
import type { OAuthServer } from '@portico-mcp/oauth'
import { HTTPServerError, withOptionErrors } from './http-server-error.ts'
import { createOAuthServer } from './oauth-server.ts'
import type { HTTPServerAuthOptions } from './options.ts'
import type { Settings } from './read-options.ts'

/** What the option `auth` sets up. */
export interface Authentication {
  /** The endpoint, which requires tokens. */
  endpoint: FetchHandler
  /** Serves the OAuth metadata; resolves to undefined for any other request. */
  serveMetadata(request: Request): Promise<Response | undefined>
  /** The authorization server of `auth.enableOAuthServer`. */
  oauthServer: OAuthServer | undefined
}

/**
 * Requires tokens in front of an endpoint.
 *
 * @param listensAt - The URL of the endpoint on this machine.
 * @throws HTTPServerError if something is missing, or a URL or a scope is malformed.
 */
export function createAuthentication(
  handler: FetchHandler,
  auth: HTTPServerAuthOptions,
  settings: Settings,
  listensAt: URL,
  onerror: (error: Error) => void,
): Authentication {
  const resource = withOptionErrors('auth.resource', () => findResource(auth, settings, listensAt))
  const oauthServer = auth.enableOAuthServer
    ? createOAuthServer(oauthOptions(auth, settings, onerror), { issuer: resource.origin, resource })
    : undefined
  return withOptionErrors('auth', () => {
    const verifier = createVerifier(auth, oauthServer)
    const issuers = [
      ...(oauthServer ? [oauthServer.metadata.issuer] : []),
      ...(auth.authorizationServers ?? []),
    ]
    const isAdvertised = issuers.length > 0
    const { requiredScopes, scopeHierarchy, requireExpiry, publicMethods, scopes } = auth
    return {
      endpoint: withAuth(handler, {
        verifier,
        expectedResource: resource,
        resourceMetadataUrl: isAdvertised ? getOAuthProtectedResourceMetadataUrl(resource) : undefined,
        requiredScopes,
        scopeHierarchy,
        requireExpiry,
        publicMethods,
        scopes,
        maxRequestBodySize: settings.maxRequestBodySize,
        onerror,
      }),
      serveMetadata: isAdvertised
        ? createServeMetadata(auth, settings, resource, issuers)
        : async () => undefined,
      oauthServer,
    }
  })
}

function oauthOptions(
  { oauthServerOptions, scopesSupported, requiredScopes }: HTTPServerAuthOptions,
  { trustProxy }: Settings,
  onerror: (error: Error) => void,
): HTTPServerAuthOptions['oauthServerOptions'] {
  const defaults = { scopesSupported: scopesSupported ?? requiredScopes, trustProxy, onerror }
  return oauthServerOptions && { ...defaults, ...oauthServerOptions }
}

/** Returns the resource that tokens are issued for. It is never taken from the headers of a request. */
function findResource({ resource }: HTTPServerAuthOptions, settings: Settings, listensAt: URL): URL {
  if (resource !== undefined) return new URL(resource)
  const { publicUrl, isLocal, paths, servesSeveral } = settings
  // a token for the origin is one for every path
  if (servesSeveral && (publicUrl || isLocal)) return new URL('/', publicUrl ?? listensAt)
  if (publicUrl) return publicUrl.pathname === '/' ? new URL(paths[0], publicUrl) : publicUrl
  if (isLocal) return listensAt
  throw new HTTPServerError(
    'auth-resource-missing',
    'auth takes a resource or a publicUrl: what tokens are issued for',
    { option: 'auth.resource' },
  )
}

function createVerifier(
  { verifier = [], authorizationServers = [] }: HTTPServerAuthOptions,
  oauthServer: OAuthServer | undefined,
): OAuthTokenVerifier {
  const given = [verifier].flat() as OAuthTokenVerifier[]
  const discovered = given.length > 0 ? [] : authorizationServers.map((issuer) => oidcVerifier({ issuer }))
  const verifiers = [...(oauthServer ? [oauthServer.verifier] : []), ...given, ...discovered]
  if (verifiers.length === 0) {
    throw new HTTPServerError(
      'auth-verifier-missing',
      'auth takes a verifier, or authorizationServers whose tokens it verifies',
      { option: 'auth.verifier' },
    )
  }
  const [first] = verifiers
  return verifiers.length === 1 && first ? first : anyOf(...verifiers)
}

const METADATA = '/.well-known/oauth-protected-resource'

/** Creates what serves the metadata of the resource, also at the locations that follow from the endpoint's paths. */
function createServeMetadata(
  auth: HTTPServerAuthOptions,
  { paths }: Settings,
  resource: URL,
  issuers: readonly string[],
): Authentication['serveMetadata'] {
  const scopesSupported = auth.scopesSupported ?? auth.requiredScopes
  const metadata = createMetadataHandler({
    resourceServerUrl: resource,
    authorizationServers: issuers,
    scopesSupported,
    serviceDocumentationUrl: auth.documentationUrl,
  })
  const own = getOAuthProtectedResourceMetadataUrl(resource)
  const locations = ['', ...paths].map((path) => METADATA + (path === '/' ? '' : path))
  return (request) => {
    const { pathname } = new URL(request.url)
    const isAlias = locations.includes(pathname.replace(/\/$/, ''))
    return metadata(isAlias ? new Request(own, request) : request)
  }
}
