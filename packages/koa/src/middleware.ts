import { type AuthMiddleware, authChecks } from '@portico-mcp/auth'
import { type GuardMiddleware, guardChecks } from '@portico-mcp/guard'
import type { Middleware } from 'koa'
import { toMiddleware } from './bridge.ts'

type Guard = GuardMiddleware<Middleware>
type Auth = AuthMiddleware<Middleware>

/** Rejects requests for hosts that are not in a list; see {@link GuardMiddleware.hostHeaderValidation}. */
export const hostHeaderValidation: Guard['hostHeaderValidation'] = (allowedHostnames) =>
  toMiddleware(guardChecks.hostHeaderValidation(allowedHostnames))

/** Rejects requests for hosts other than this machine; see {@link GuardMiddleware.localhostHostValidation}. */
export const localhostHostValidation: Guard['localhostHostValidation'] = () =>
  toMiddleware(guardChecks.localhostHostValidation())

/** Rejects requests from web pages that are not allowed; see {@link GuardMiddleware.originValidation}. */
export const originValidation: Guard['originValidation'] = (allowedOrigins) =>
  toMiddleware(guardChecks.originValidation(allowedOrigins))

/**
 * Rejects requests from web pages of other hosts than this machine; see
 * {@link GuardMiddleware.localhostOriginValidation}.
 */
export const localhostOriginValidation: Guard['localhostOriginValidation'] = () =>
  toMiddleware(guardChecks.localhostOriginValidation())

/** Lets web pages of allowed origins call MCP endpoints; see {@link GuardMiddleware.mcpCors}. */
export const mcpCors: Guard['mcpCors'] = (options) => toMiddleware(guardChecks.mcpCors(options))

/** Limits how fast each client may send requests; see {@link GuardMiddleware.rateLimit}. */
export const rateLimit: Guard['rateLimit'] = (options) => toMiddleware(guardChecks.rateLimit(options))

/** Requires a bearer token, and sets `ctx.state.auth` to the identity; see {@link AuthMiddleware.requireBearerAuth}. */
export const requireBearerAuth: Auth['requireBearerAuth'] = (options) =>
  toMiddleware(authChecks.requireBearerAuth(options))

/** Serves the OAuth metadata of MCP endpoints; see {@link AuthMiddleware.mcpAuthMetadataRouter}. */
export const mcpAuthMetadataRouter: Auth['mcpAuthMetadataRouter'] = (options) =>
  toMiddleware(authChecks.mcpAuthMetadataRouter(options))
