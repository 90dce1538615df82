import { validateOptions } from '@portico-mcp/core/internal'
import { isAdvertised } from './challenge.ts'
import type { AuthorizationServerMetadata } from './discovery.ts'
import { RESOURCE_RULES } from './option-rules.ts'
import { METADATA_PATH, secureUrl } from './resource-url.ts'

/** What a resource says of itself (RFC 9728 §2). */
export interface ProtectedResourceMetadata {
  /** The resource's identifier: the URL that clients call. */
  resource: string
  /** Issuers of the tokens that it accepts. */
  authorization_servers: string[]
  /** Scopes that clients ask for at first. */
  scopes_supported?: string[]
  /** How tokens are sent. */
  bearer_methods_supported: string[]
  /** A name for people. */
  resource_name?: string
  /** Where it is documented. */
  resource_documentation?: string
}

/** What protected-resource metadata is made of. */
export interface ResourceOptions {
  /** The public URL of the MCP endpoint, as clients call it. */
  resourceServerUrl: string | URL
  /** The authorization server's document; its issuer is advertised. */
  oauthMetadata?: AuthorizationServerMetadata | undefined
  /** Issuers of the tokens that are accepted. @defaultValue the issuer of `oauthMetadata` */
  authorizationServers?: readonly string[] | undefined
  /** Scopes that clients ask for at first; the rest comes by step-up. @defaultValue left out */
  scopesSupported?: readonly string[] | undefined
  /** A name for people. */
  resourceName?: string | undefined
  /** Where it is documented. */
  serviceDocumentationUrl?: string | URL | undefined
  /** Allows a plain http issuer beyond loopback. For tests. @defaultValue false */
  dangerouslyAllowInsecureIssuerUrl?: boolean | undefined
}

/** Options of {@link oauthMetadataResponse}. */
export interface AuthMetadataOptions extends ResourceOptions {
  oauthMetadata: AuthorizationServerMetadata
}

/**
 * The metadata of a resource (RFC 9728 §2). `offline_access` is no scope of a resource, and left out.
 *
 * @param options - See {@link ResourceOptions}.
 * @throws TypeError without an authorization server, or for an issuer that is no https URL.
 */
export function buildOAuthProtectedResourceMetadata(options: ResourceOptions): ProtectedResourceMetadata {
  validateOptions('buildOAuthProtectedResourceMetadata', options, RESOURCE_RULES)
  return buildMetadata(options)
}

/** The same, of options that were checked. */
export function buildMetadata(options: ResourceOptions): ProtectedResourceMetadata {
  const { resourceServerUrl, oauthMetadata, resourceName, serviceDocumentationUrl } = options
  const issuers = options.authorizationServers ?? (oauthMetadata ? [oauthMetadata.issuer] : [])
  if (issuers.length === 0) throw new TypeError('authorizationServers is missing')
  for (const issuer of issuers) checkIssuer(issuer, options.dangerouslyAllowInsecureIssuerUrl)
  const scopes = options.scopesSupported?.filter(isAdvertised) ?? []
  return {
    resource: identifierOf(resourceServerUrl),
    authorization_servers: [...issuers],
    ...(scopes.length > 0 && { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
    ...(resourceName && { resource_name: resourceName }),
    ...(serviceDocumentationUrl && { resource_documentation: new URL(serviceDocumentationUrl).href }),
  }
}

function checkIssuer(issuer: string, insecure = false): void {
  const url = insecure ? new URL(issuer) : secureUrl('issuer', issuer)
  if (url.search || url.hash) throw new TypeError('issuer must have neither query nor fragment')
}

/** A resource's identifier, without the slash that a URL puts after a host (RFC 9728 §1.2). */
function identifierOf(resource: string | URL): string {
  const { origin, pathname, search } = new URL(resource)
  return `${origin}${pathname === '/' ? '' : pathname}${search}`
}

/**
 * The resource whose metadata a path asks for: an endpoint, at its own location and at the root. Clients that only look
 * at the root (2025-03-26) ask for tokens of what it names, and those of the origin alone are refused.
 *
 * @returns undefined for a path that asks for none.
 */
export function resourceAt(path: string, options: ResourceOptions): ResourceOptions | undefined {
  if (path !== METADATA_PATH && !path.startsWith(`${METADATA_PATH}/`)) return undefined
  const { origin, pathname, search } = new URL(options.resourceServerUrl)
  const asked = path.slice(METADATA_PATH.length)
  if (asked.replace(/\/$/, '') === pathname.replace(/\/$/, '')) {
    // what was asked for with a trailing slash is called with one
    return { ...options, resourceServerUrl: `${origin}${asked}${search}` }
  }
  return asked.replace(/\/$/, '') === '' ? options : undefined
}
