import {
  createMetadataHandler,
  type ResourceMetadataOptions,
  requireBearerAuth as toBearerGate,
  type VerifyBearerTokenOptions,
} from '@portico-mcp/auth'
import {
  type CorsOptions,
  corsHeaders,
  hostHeaderValidationResponse,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  type OriginPredicate,
  originValidationResponse,
  type RateLimitOptions,
  rateLimit as toRateLimit,
} from '@portico-mcp/guard'
import { toWebRequestHead } from '@portico-mcp/node'
import type { FastifyPluginAsync } from 'fastify'
import { hierarchies, type OnRequestHook, toHook } from './bridge.ts'

/**
 * Refuses (403, JSON-RPC) requests whose `Host` is not allowed; see `hostHeaderValidationResponse` of
 * `@portico-mcp/guard`.
 *
 * @param allowedHostnames - Hostnames without port; `*.example.com` for every name below.
 */
export const hostHeaderValidation = (allowedHostnames: readonly string[]): OnRequestHook =>
  toHook((request) => hostHeaderValidationResponse(request, allowedHostnames))

/** Refuses (403, JSON-RPC) requests for a host other than this machine. */
export const localhostHostValidation = (): OnRequestHook => hostHeaderValidation(localhostAllowedHostnames())

/**
 * Refuses (403, JSON-RPC) requests from pages that may not call; see `originValidationResponse` of
 * `@portico-mcp/guard`. Requests without `Origin` pass.
 *
 * @param allowedOrigins - Hostnames, origins, `<scheme>://*`, `null`; or a function.
 */
export const originValidation = (allowedOrigins: readonly string[] | OriginPredicate): OnRequestHook =>
  toHook((request) => originValidationResponse(request, allowedOrigins))

/** Refuses (403, JSON-RPC) requests from pages that this machine does not serve. */
export const localhostOriginValidation = (): OnRequestHook => originValidation(localhostAllowedOrigins())

/**
 * Lets pages of allowed origins read every answer of the routes behind it, errors too, with the headers of
 * MCP; see `withCors` of `@portico-mcp/guard`. It stands in front of {@link requireBearerAuth}.
 *
 * @param options - See `CorsOptions` of `@portico-mcp/guard`.
 * @throws TypeError or RangeError as `withCors` does.
 */
export function mcpCors(options: CorsOptions): OnRequestHook {
  const grantOf = corsHeaders(options)
  return toHook((request, _, reply) => {
    const { preflight, headers = {}, vary } = grantOf(request)
    const varied = [reply.getHeader('vary') ?? [], vary].flat()
    if (varied.length > 0) reply.header('vary', varied.join(', '))
    reply.headers(headers)
    return preflight
  })
}

/**
 * Serves each client no faster than a token bucket allows; 429 in JSON-RPC with `Retry-After`. Behind
 * {@link requireBearerAuth} a client is its identity, else the address of its socket; see `withRateLimit` of
 * `@portico-mcp/guard`.
 *
 * @param options - See `RateLimitOptions` of `@portico-mcp/guard`.
 * @throws RangeError as `withRateLimit` does.
 */
export const rateLimit = (options?: RateLimitOptions): OnRequestHook => toHook(toRateLimit(options))

/**
 * Lets through only what carries a bearer token that the verifier accepts: its identity becomes `request.auth`,
 * which handlers get as `authInfo` and from `getIdentity()`. Everything else is answered 401 or 403 with a
 * challenge (RFC 6750 section 3, RFC 9728 section 5.1). Scopes of single tools and public methods take
 * `withAuth` of `@portico-mcp/auth` around the handler instead.
 *
 * @param options - See `VerifyBearerTokenOptions` of `@portico-mcp/auth`.
 * @throws TypeError for a URL or a scope that is none, or without a verifier.
 *
 * @example
 * ```ts
 * import { oidcVerifier } from '@portico-mcp/auth'
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { createMcpFastifyApp, mcpAuthMetadataRouter, requireBearerAuth, toFastifyHandler } from '@portico-mcp/fastify'
 *
 * const resourceServerUrl = 'https://mcp.example.com/mcp'
 * const issuer = 'https://auth.example.com'
 * const handler = createMcpHandler(({ authInfo }) => new McpServer({ name: authInfo?.clientId ?? '', version: '1.0.0' }))
 *
 * export const app = createMcpFastifyApp({ host: '0.0.0.0', allowedHosts: ['mcp.example.com'] })
 * app.register(mcpAuthMetadataRouter({ resourceServerUrl, authorizationServers: [issuer] }))
 * const onRequest = requireBearerAuth({ resourceServerUrl, verifier: oidcVerifier({ issuer }) })
 * app.all('/mcp', { onRequest }, toFastifyHandler(handler))
 * ```
 */
export function requireBearerAuth(options: VerifyBearerTokenOptions): OnRequestHook {
  const gate = toBearerGate(options)
  return toHook(async (request, _, reply) => {
    const authInfo = await gate(request)
    if (authInfo instanceof Response) return authInfo
    reply.request.auth = authInfo
    if (options.scopeHierarchy) hierarchies.set(authInfo, options.scopeHierarchy)
    return undefined
  })
}

/**
 * Serves the documents that clients look for after a 401: protected-resource metadata (RFC 9728) of one
 * endpoint or several, and a mirror of the authorization server's (RFC 8414). Mounted at the root of the
 * app, in front of everything that asks for tokens.
 *
 * @param options - See `ResourceMetadataOptions` of `@portico-mcp/auth`.
 * @throws TypeError without an authorization server, or for an issuer that is no https URL.
 */
export function mcpAuthMetadataRouter(
  options: ResourceMetadataOptions | readonly ResourceMetadataOptions[],
): FastifyPluginAsync {
  const metadata = createMetadataHandler(options)
  return async (app) => {
    app.all(
      '/.well-known/*',
      async (request, reply) => (await metadata(toWebRequestHead(request.raw))) ?? reply.callNotFound(),
    )
  }
}
