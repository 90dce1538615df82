import {
  createMetadataHandler,
  type ResourceMetadataOptions,
  runWithAuth,
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
import type { MiddlewareHandler } from 'hono'
import { toMiddleware } from './bridge.ts'

/**
 * Refuses (403, JSON-RPC) requests whose `Host` is not allowed; see `hostHeaderValidationResponse` of
 * `@portico-mcp/guard`.
 *
 * @param allowedHostnames - Hostnames without port; `*.example.com` for every name below.
 */
export const hostHeaderValidation = (allowedHostnames: readonly string[]): MiddlewareHandler =>
  toMiddleware((request) => hostHeaderValidationResponse(request, allowedHostnames))

/** Refuses (403, JSON-RPC) requests for a host other than this machine. */
export const localhostHostValidation = (): MiddlewareHandler =>
  hostHeaderValidation(localhostAllowedHostnames())

/**
 * Refuses (403, JSON-RPC) requests from pages that may not call; see `originValidationResponse` of
 * `@portico-mcp/guard`. Requests without `Origin` pass.
 *
 * @param allowedOrigins - Hostnames, origins, `<scheme>://*`, `null`; or a function.
 */
export const originValidation = (allowedOrigins: readonly string[] | OriginPredicate): MiddlewareHandler =>
  toMiddleware((request) => originValidationResponse(request, allowedOrigins))

/** Refuses (403, JSON-RPC) requests from pages that this machine does not serve. */
export const localhostOriginValidation = (): MiddlewareHandler => originValidation(localhostAllowedOrigins())

/**
 * Lets pages of allowed origins read every answer of the routes behind it, errors too, with the headers of
 * MCP; see `withCors` of `@portico-mcp/guard`. It stands in front of {@link requireBearerAuth}.
 *
 * @param options - See `CorsOptions` of `@portico-mcp/guard`.
 * @throws TypeError or RangeError as `withCors` does.
 */
export function mcpCors(options: CorsOptions): MiddlewareHandler {
  const grantOf = corsHeaders(options)
  return async (context, next) => {
    const { preflight, headers = {}, vary } = grantOf(context.req.raw)
    if (preflight) context.res = preflight
    else await next()
    for (const [name, value] of Object.entries(headers)) context.header(name, value)
    for (const name of vary) context.header('vary', name, { append: true })
  }
}

/**
 * Serves each client no faster than a token bucket allows; 429 in JSON-RPC with `Retry-After`. Behind
 * {@link requireBearerAuth} a client is its identity, else the address of its socket; see `withRateLimit` of
 * `@portico-mcp/guard`.
 *
 * @param options - See `RateLimitOptions` of `@portico-mcp/guard`.
 * @throws RangeError as `withRateLimit` does.
 */
export const rateLimit = (options?: RateLimitOptions): MiddlewareHandler => toMiddleware(toRateLimit(options))

/**
 * Lets through only what carries a bearer token that the verifier accepts: its identity becomes `c.get('auth')`,
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
 * import { createMcpHonoApp, mcpAuthMetadataRouter, requireBearerAuth, toHonoHandler } from '@portico-mcp/hono'
 *
 * const resourceServerUrl = 'https://mcp.example.com/mcp'
 * const issuer = 'https://auth.example.com'
 * const handler = createMcpHandler(({ authInfo }) => new McpServer({ name: authInfo?.clientId ?? '', version: '1.0.0' }))
 *
 * export const app = createMcpHonoApp({ host: '0.0.0.0', allowedHosts: ['mcp.example.com'] })
 * app.use(mcpAuthMetadataRouter({ resourceServerUrl, authorizationServers: [issuer] }))
 * app.all('/mcp', requireBearerAuth({ resourceServerUrl, verifier: oidcVerifier({ issuer }) }), toHonoHandler(handler))
 * ```
 */
export function requireBearerAuth(options: VerifyBearerTokenOptions): MiddlewareHandler {
  const gate = toBearerGate(options)
  const { scopeHierarchy } = options
  return async (context, next) => {
    const authInfo = await gate(context.req.raw)
    if (authInfo instanceof Response) return authInfo
    context.set('auth', authInfo)
    return runWithAuth({ authInfo, scopeHierarchy }, next)
  }
}

/**
 * Serves the documents that clients look for after a 401: protected-resource metadata (RFC 9728) of one
 * endpoint or several, and a mirror of the authorization server's (RFC 8414). For all paths of the
 * app, in front of everything that asks for tokens.
 *
 * @param options - See `ResourceMetadataOptions` of `@portico-mcp/auth`.
 * @throws TypeError without an authorization server, or for an issuer that is no https URL.
 */
export const mcpAuthMetadataRouter = (
  options: ResourceMetadataOptions | readonly ResourceMetadataOptions[],
): MiddlewareHandler => toMiddleware(createMetadataHandler(options))
