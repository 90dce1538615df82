import { createMetadataHandler, getOAuthProtectedResourceMetadataUrl } from '@portico-mcp/auth'
import type { Check } from '@portico-mcp/core/internal'
import type { Middleware } from 'koa'
import { toMiddleware } from '../bridge.ts'

/** Options of {@link createProtectedResourceMetadataMiddleware}. */
export interface ProtectedResourceMetadataOptions {
  /** The public URL of the MCP endpoint. */
  resource: string
  /** Issuers of the tokens that it accepts. */
  authorizationServers: readonly string[]
}

/**
 * Serves the protected-resource metadata (RFC 9728) of one endpoint, at its own well-known location and at
 * that of its origin, to everyone. It stands in front of whatever asks for tokens. Clients of 2025-03-26
 * find a mirror of the first authorization server's document (RFC 8414) beside it, unless that server is on
 * the same origin.
 *
 * @param options - See {@link ProtectedResourceMetadataOptions}.
 * @throws TypeError without an authorization server, or for an issuer that is no https URL.
 *
 * @example
 * ```ts
 * import { createMcpKoaApp } from '@portico-mcp/koa'
 * import { createProtectedResourceMetadataMiddleware } from '@portico-mcp/koa/router'
 *
 * const app = createMcpKoaApp()
 * app.use(
 *   createProtectedResourceMetadataMiddleware({
 *     resource: 'https://mcp.example.com/mcp',
 *     authorizationServers: ['https://auth.example.com'],
 *   }),
 * )
 * ```
 */
export const createProtectedResourceMetadataMiddleware = (
  options: ProtectedResourceMetadataOptions,
): Middleware => toMiddleware(protectedResourceMetadata(options))

/** Where clients look for the metadata of a resource (RFC 9728 section 3). */
export const METADATA_PATH = '/.well-known/oauth-protected-resource'

const ROOT = /^\/\.well-known\/oauth-protected-resource\/?$/

/** The documents of one endpoint, whose own stands at the root location too. */
function protectedResourceMetadata({
  resource,
  authorizationServers,
}: ProtectedResourceMetadataOptions): Check {
  const metadata = createMetadataHandler({ resourceServerUrl: resource, authorizationServers })
  const own = getOAuthProtectedResourceMetadataUrl(resource)
  return (request) => {
    const isRoot = ROOT.test(new URL(request.url).pathname)
    return metadata(isRoot ? new Request(own, request) : request)
  }
}

/** The URL of an endpoint beneath that of its server. */
export const resourceUrlOf = (serverUrl: string, path: string): string =>
  path === '/' ? serverUrl.replace(/\/$/, '') : serverUrl.replace(/\/$/, '') + path
