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
import { HTTPServerError, reading } from './http-server-error.ts'
import { openOAuthServer } from './oauth-server.ts'
import type { HTTPServerAuthOptions } from './options.ts'
import type { Settings } from './read-options.ts'

/** What `auth` asks for. */
export interface Gate {
  /** The endpoint, behind the gate. */
  endpoint: FetchHandler
  /** The public documents; undefined for a request that asks for none. */
  documents(request: Request): Promise<Response | undefined>
  /** Issues tokens, if it does. */
  oauthServer: OAuthServer | undefined
}

/**
 * Puts the gate of `auth` in front of an endpoint.
 *
 * @param listensAt - The URL that the endpoint is found at on this machine.
 * @throws HTTPServerError for what is missing, or is no URL or scope.
 */
export function openGate(
  handler: FetchHandler,
  auth: HTTPServerAuthOptions,
  settings: Settings,
  listensAt: URL,
  onerror: (error: Error) => void,
): Gate {
  const resource = reading('auth.resource', () => resourceOf(auth, settings, listensAt))
  const oauthServer = auth.enableOAuthServer
    ? openOAuthServer(oauthOptions(auth, settings, onerror), { issuer: resource.origin, resource })
    : undefined
  return reading('auth', () => {
    const verifier = verifierOf(auth, oauthServer)
    const issuers = [
      ...(oauthServer ? [oauthServer.metadata.issuer] : []),
      ...(auth.authorizationServers ?? []),
    ]
    const isAdvertised = issuers.length > 0
    const rules = {
      verifier,
      expectedResource: resource,
      ...(isAdvertised && { resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resource) }),
      ...(auth.requiredScopes && { requiredScopes: auth.requiredScopes }),
      ...(auth.scopeHierarchy && { scopeHierarchy: auth.scopeHierarchy }),
      ...(auth.requireExpiry !== undefined && { requireExpiry: auth.requireExpiry }),
      onerror,
    }
    return {
      endpoint: withAuth(handler, {
        ...rules,
        ...(auth.publicMethods && { publicMethods: auth.publicMethods }),
        ...(auth.scopes && { scopes: auth.scopes }),
        ...(settings.maxRequestBodySize && { maxRequestBodySize: settings.maxRequestBodySize }),
      }),
      documents: isAdvertised ? documentsOf(auth, settings, resource, issuers) : async () => undefined,
      oauthServer,
    }
  })
}

function oauthOptions(
  { oauthServerOptions, scopesSupported, requiredScopes }: HTTPServerAuthOptions,
  { trustProxy }: Settings,
  onerror: (error: Error) => void,
): HTTPServerAuthOptions['oauthServerOptions'] {
  const scopes = scopesSupported ?? requiredScopes
  return (
    oauthServerOptions && {
      ...(scopes && { scopesSupported: scopes }),
      ...(trustProxy !== undefined && { trustProxy }),
      onerror,
      ...oauthServerOptions,
    }
  )
}

/** What tokens are for; never taken from a request's headers. */
function resourceOf({ resource }: HTTPServerAuthOptions, settings: Settings, listensAt: URL): URL {
  if (resource !== undefined) return new URL(resource)
  const { publicUrl, isLocal, paths } = settings
  if (publicUrl) return publicUrl.pathname === '/' ? new URL(paths[0], publicUrl) : publicUrl
  if (isLocal) return listensAt
  throw new HTTPServerError(
    'auth-resource-missing',
    'auth takes a resource or a publicUrl: what tokens are issued for',
    { option: 'auth.resource' },
  )
}

function verifierOf(
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

/** The documents of the resource, also where clients look that know nothing but the endpoint's path. */
function documentsOf(
  auth: HTTPServerAuthOptions,
  { paths }: Settings,
  resource: URL,
  issuers: readonly string[],
): Gate['documents'] {
  const scopesSupported = auth.scopesSupported ?? auth.requiredScopes
  const metadata = createMetadataHandler({
    resourceServerUrl: resource,
    authorizationServers: issuers,
    ...(scopesSupported && { scopesSupported }),
    ...(auth.documentationUrl && { serviceDocumentationUrl: auth.documentationUrl }),
  })
  const own = getOAuthProtectedResourceMetadataUrl(resource)
  const locations = ['', ...paths].map((path) => METADATA + (path === '/' ? '' : path))
  return (request) => {
    const { pathname } = new URL(request.url)
    const isOurs = locations.includes(pathname.replace(/\/$/, ''))
    return metadata(isOurs ? new Request(own, request) : request)
  }
}
