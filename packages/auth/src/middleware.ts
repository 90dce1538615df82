import type { Check } from '@portico-mcp/core/internal'
import type { VerifyBearerTokenOptions } from './bearer-options.ts'
import { withScopeHierarchy } from './context.ts'
import { requireBearerAuth } from './require-bearer-auth.ts'
import { createMetadataHandler, type ResourceMetadataOptions } from './with-resource-metadata.ts'

/**
 * The checks of this package as middleware of a framework.
 *
 * @typeParam Middleware - The middleware type of the framework, for example `RequestHandler` of Express.
 * @typeParam Router - The type that serves the documents. @defaultValue `Middleware`
 */
export interface AuthMiddleware<Middleware, Router = Middleware> {
  /**
   * Passes on requests whose bearer token the verifier accepts. Others get 401 or 403 with a challenge (RFC 6750
   * section 3, RFC 9728 section 5.1).
   *
   * The verified identity is `req.auth` in Express, `request.auth` in Fastify, `c.get('auth')` in Hono and
   * `ctx.state.auth` in Koa. Handlers get it as `authInfo` and from `getIdentity()`. To require scopes for single
   * tools, or to make methods public, wrap the handler in `withAuth` of `@portico-mcp/auth` instead.
   *
   * @param options - See `VerifyBearerTokenOptions` of `@portico-mcp/auth`.
   * @throws TypeError if a URL or a scope is malformed, or if `verifier` is missing.
   */
  requireBearerAuth(options: VerifyBearerTokenOptions): Middleware

  /**
   * Serves the documents that clients request after a 401: the protected-resource metadata of one or more endpoints
   * (RFC 9728), and a copy of the authorization server's metadata (RFC 8414). Mount it at the root of the app, in
   * front of everything that requires tokens.
   *
   * @param options - See `ResourceMetadataOptions` of `@portico-mcp/auth`; one endpoint, or a list.
   * @throws TypeError if there is no authorization server, or if an issuer is not an https URL.
   */
  mcpAuthMetadataRouter(options: ResourceMetadataOptions | readonly ResourceMetadataOptions[]): Router
}

/**
 * The checks behind {@link AuthMiddleware}.
 *
 * @internal
 */
export const authChecks: AuthMiddleware<Check> = {
  requireBearerAuth(options) {
    const authenticate = requireBearerAuth(options)
    const { scopeHierarchy } = options
    return async (request) => {
      const authInfo = await authenticate(request)
      if (authInfo instanceof Response) return authInfo
      return { authInfo: scopeHierarchy ? withScopeHierarchy(authInfo, scopeHierarchy) : authInfo }
    }
  },
  mcpAuthMetadataRouter: createMetadataHandler,
}
