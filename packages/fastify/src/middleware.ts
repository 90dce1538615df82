import { type AuthMiddleware, authChecks } from '@portico-mcp/auth'
import { type GuardMiddleware, guardChecks } from '@portico-mcp/guard'
import type { FastifyPluginAsync } from 'fastify'
import { type OnRequestHook, toHook } from './bridge.ts'

type Guard = GuardMiddleware<OnRequestHook>
type Auth = AuthMiddleware<OnRequestHook, FastifyPluginAsync>

/** Rejects requests for hosts that are not in a list; see {@link GuardMiddleware.hostHeaderValidation}. */
export const hostHeaderValidation: Guard['hostHeaderValidation'] = (allowedHostnames) =>
  toHook(guardChecks.hostHeaderValidation(allowedHostnames))

/** Rejects requests for hosts other than this machine; see {@link GuardMiddleware.localhostHostValidation}. */
export const localhostHostValidation: Guard['localhostHostValidation'] = () =>
  toHook(guardChecks.localhostHostValidation())

/** Rejects requests from web pages that are not allowed; see {@link GuardMiddleware.originValidation}. */
export const originValidation: Guard['originValidation'] = (allowedOrigins) =>
  toHook(guardChecks.originValidation(allowedOrigins))

/**
 * Rejects requests from web pages of other hosts than this machine; see
 * {@link GuardMiddleware.localhostOriginValidation}.
 */
export const localhostOriginValidation: Guard['localhostOriginValidation'] = () =>
  toHook(guardChecks.localhostOriginValidation())

/** Lets web pages of allowed origins call MCP endpoints; see {@link GuardMiddleware.mcpCors}. */
export const mcpCors: Guard['mcpCors'] = (options) => toHook(guardChecks.mcpCors(options))

/** Limits how fast each client may send requests; see {@link GuardMiddleware.rateLimit}. */
export const rateLimit: Guard['rateLimit'] = (options) => toHook(guardChecks.rateLimit(options))

/** Requires a bearer token, and sets `request.auth` to the identity; see {@link AuthMiddleware.requireBearerAuth}. */
export const requireBearerAuth: Auth['requireBearerAuth'] = (options) =>
  toHook(authChecks.requireBearerAuth(options))

/** Serves the OAuth metadata of MCP endpoints; see {@link AuthMiddleware.mcpAuthMetadataRouter}. */
export const mcpAuthMetadataRouter: Auth['mcpAuthMetadataRouter'] = (options) => {
  const onRequest = toHook(authChecks.mcpAuthMetadataRouter(options))
  return async (app) => {
    app.all('/.well-known/*', { onRequest }, (_request, reply) => reply.callNotFound())
  }
}
