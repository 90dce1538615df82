import { validateOptions } from '@portico-mcp/core/internal'
import { isAdvertised } from './challenge.ts'
import { RESOURCE_RULES } from './option-rules.ts'
import type { ResourceOptions } from './resource-options.ts'
import { METADATA_PATH, readSecureUrl } from './resource-url.ts'

/** The metadata of a protected resource (RFC 9728 §2). */
export interface ProtectedResourceMetadata {
  /** The identifier of the resource: the URL that clients call. */
  resource: string
  /** The issuers whose tokens the resource accepts. */
  authorization_servers: string[]
  /** The scopes that clients request first. */
  scopes_supported?: string[]
  /** How clients send tokens. */
  bearer_methods_supported: string[]
  /** A name to show to people. */
  resource_name?: string
  /** The URL of the documentation. */
  resource_documentation?: string
}

/**
 * Builds the metadata of a resource (RFC 9728 §2). `offline_access` is not a scope of a resource, so it is left out.
 *
 * @param options - See `ResourceOptions`.
 * @throws TypeError if an option is unknown or of the wrong type, if there is no authorization server, or if an issuer is
 *   not an https URL.
 */
export function buildOAuthProtectedResourceMetadata(options: ResourceOptions): ProtectedResourceMetadata {
  validateOptions('buildOAuthProtectedResourceMetadata', options, RESOURCE_RULES)
  return buildMetadata('buildOAuthProtectedResourceMetadata', options)
}

/**
 * Builds the metadata from options whose names and types are known to be valid.
 *
 * @param caller - The function that takes the options, for error messages.
 * @throws TypeError if there is no authorization server, or if an issuer is not an https URL.
 */
export function buildMetadata(caller: string, options: ResourceOptions): ProtectedResourceMetadata {
  const { resourceServerUrl, oauthMetadata, resourceName, serviceDocumentationUrl } = options
  const issuers = options.authorizationServers ?? (oauthMetadata ? [oauthMetadata.issuer] : [])
  if (issuers.length === 0) {
    throw new TypeError(
      `${caller}: authorizationServers must name one issuer or more, unless oauthMetadata does`,
    )
  }
  for (const issuer of issuers) checkIssuer(caller, issuer, options.dangerouslyAllowInsecureIssuerUrl)
  const scopes = options.scopesSupported?.filter(isAdvertised) ?? []
  return {
    resource: toResourceIdentifier(resourceServerUrl),
    authorization_servers: [...issuers],
    ...(scopes.length > 0 && { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
    ...(resourceName && { resource_name: resourceName }),
    ...(serviceDocumentationUrl && { resource_documentation: new URL(serviceDocumentationUrl).href }),
  }
}

function checkIssuer(caller: string, issuer: string, allowInsecure = false): void {
  const name = `${caller}: issuer`
  const url = allowInsecure ? new URL(issuer) : readSecureUrl(name, issuer)
  if (url.search || url.hash) {
    throw new TypeError(`${name} must have neither query nor fragment (got ${JSON.stringify(issuer)})`)
  }
}

/** Builds the identifier of a resource, without the slash that `URL` adds after a host (RFC 9728 §1.2). */
function toResourceIdentifier(resource: string | URL): string {
  const { origin, pathname, search } = new URL(resource)
  return `${origin}${pathname === '/' ? '' : pathname}${search}`
}

/**
 * Finds the resource whose metadata a path stands for. An endpoint has its own location, and the root location too:
 * clients that only request the root (2025-03-26) ask for tokens of the resource that they read there, and the endpoint
 * would refuse tokens of the origin.
 *
 * @returns The options with the URL as the client spells it; undefined for any other path.
 */
export function findResource(path: string, options: ResourceOptions): ResourceOptions | undefined {
  if (path !== METADATA_PATH && !path.startsWith(`${METADATA_PATH}/`)) return undefined
  const { origin, pathname, search } = new URL(options.resourceServerUrl)
  const asked = path.slice(METADATA_PATH.length)
  if (asked.replace(/\/$/, '') === pathname.replace(/\/$/, '')) {
    // A client that requests the document with a trailing slash calls the endpoint with one.
    return { ...options, resourceServerUrl: `${origin}${asked}${search}` }
  }
  return asked.replace(/\/$/, '') === '' ? options : undefined
}
