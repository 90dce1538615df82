import { type Check, optionRules, type Rules } from '@portico-mcp/core/internal'
import {
  type DnsRebindingProtectionOptions,
  dnsRebindingProtection,
  dnsRebindingProtectionRules,
} from './dns-rebinding-protection.ts'
import { hostHeaderValidationResponse, localhostAllowedHostnames } from './host.ts'
import type { OriginPredicate } from './origin.ts'
import { localhostAllowedOrigins, originValidationResponse } from './origin-validation.ts'
import { type CorsOptions, corsHeaders } from './with-cors.ts'
import { type RateLimitOptions, rateLimit } from './with-rate-limit.ts'

/**
 * The checks of this package as middleware of a framework.
 *
 * @typeParam Middleware - What the framework mounts, for example `RequestHandler` of Express.
 */
export interface GuardMiddleware<Middleware> {
  /**
   * Rejects requests for hosts that are not allowed with 403 and a JSON-RPC error, which protects against DNS
   * rebinding. The `Host` header counts; HTTP/2 has no such header, and the host of the URL counts instead.
   *
   * @param allowedHostnames - Hostnames without port, such as `mcp.example.com`, or `*.example.com` for all
   *   subdomains. An empty list rejects every request.
   *
   * @see `hostHeaderValidationResponse` of `@portico-mcp/guard`; RFC 9110 section 7.2.
   */
  hostHeaderValidation(allowedHostnames: readonly string[]): Middleware

  /**
   * Rejects requests for hosts other than `localhost`, `127.0.0.1` and `[::1]` with 403 and a JSON-RPC error.
   */
  localhostHostValidation(): Middleware

  /**
   * Rejects requests from web pages that are not allowed with 403 and a JSON-RPC error. Requests without an `Origin`
   * header pass, because clients other than browsers send none.
   *
   * @param allowedOrigins - Hostnames, origins, `<scheme>://*` or `null`, or a function that decides.
   *
   * @see `originValidationResponse` of `@portico-mcp/guard`; MCP 2026-07-28, Streamable HTTP, security.
   */
  originValidation(allowedOrigins: readonly string[] | OriginPredicate): Middleware

  /**
   * Rejects requests from web pages of other hosts than `localhost`, `127.0.0.1` and `[::1]` with 403 and a JSON-RPC
   * error. Ports do not count.
   */
  localhostOriginValidation(): Middleware

  /**
   * Lets web pages of allowed origins call the routes behind it and read their responses, error responses included.
   * It answers preflights and sets the headers of CORS for MCP. Mount it in front of `requireBearerAuth`.
   *
   * @param options - See `CorsOptions` of `@portico-mcp/guard`.
   * @throws TypeError or RangeError as `withCors` of `@portico-mcp/guard` does.
   */
  mcpCors(options: CorsOptions): Middleware

  /**
   * Limits how fast each client may send requests, with a token bucket. A request over the limit gets 429 with
   * `Retry-After` and a JSON-RPC error. A client is its verified identity behind `requireBearerAuth`, and the address
   * of its socket otherwise.
   *
   * @param options - See `RateLimitOptions` of `@portico-mcp/guard`. By default 100 requests at once and 10 a second.
   * @throws RangeError if `capacity` is below 1 or `refillPerSecond` is not above 0.
   */
  rateLimit(options?: RateLimitOptions): Middleware
}

/**
 * The checks behind {@link GuardMiddleware}.
 *
 * @internal
 */
export const guardChecks: GuardMiddleware<Check> = {
  hostHeaderValidation: (allowedHostnames) => (request) =>
    hostHeaderValidationResponse(request, allowedHostnames),
  localhostHostValidation: () => guardChecks.hostHeaderValidation(localhostAllowedHostnames()),
  originValidation: (allowedOrigins) => (request) => originValidationResponse(request, allowedOrigins),
  localhostOriginValidation: () => guardChecks.originValidation(localhostAllowedOrigins()),
  mcpCors: corsHeaders,
  rateLimit,
}

/**
 * Options that `createMcpExpressApp`, `createMcpHonoApp`, `createMcpFastifyApp` and `createMcpKoaApp` share. An app for
 * a loopback `host` (the default) serves requests for this machine's hostnames and web pages only. For any other `host`
 * it checks `allowedHosts` and `allowedOrigins`, and warns if `allowedHosts` is missing.
 */
export interface McpAppOptions extends DnsRebindingProtectionOptions {
  /** Web pages that may read the responses of the app, also those to bodies that it rejects. @defaultValue none */
  cors?: CorsOptions | undefined
}

/**
 * The rules of {@link McpAppOptions}, for apps that check their options by them.
 *
 * @internal
 */
export const appOptionRules: Rules<keyof McpAppOptions> = {
  ...dnsRebindingProtectionRules,
  cors: optionRules.plainObject,
}

/**
 * Creates the checks that an app runs before it parses a body.
 *
 * @param options - See {@link McpAppOptions}.
 * @throws TypeError or RangeError as `dnsRebindingProtection` and `withCors` do.
 *
 * @internal
 */
export function appChecks({ cors, ...protection }: McpAppOptions): Check[] {
  return [dnsRebindingProtection(protection), ...(cors ? [corsHeaders(cors)] : [])]
}
