import { type AuthInfo, type Claims, OAuthError, type OAuthTokenVerifier } from '@portico-mcp/auth'
import { type McpHandlerRequestOptions, toFetch } from '@portico-mcp/core'
import { discardBody } from '@portico-mcp/core/internal'
import { createContext, type OAuthContext } from './context.ts'
import { buildMetadata, type OAuthServerMetadata } from './metadata.ts'
import type { OAuthServerOptions } from './options.ts'
import { OAuthServerRefusal, toRefusal } from './refusal.ts'
import { renewUpstream } from './renew-upstream.ts'
import { allowAnyOrigin, answerPreflight, buildJsonError, renderErrorPage } from './responses.ts'
import { createRoutes, readPath } from './routes.ts'
import { readSettings } from './settings.ts'
import { createVerifier } from './verifier.ts'

/** An authorization server. Its `fetch` answers requests for its own paths. */
export interface OAuthServer {
  /** Answers one HTTP request, with 404 if it is for another path. Bound: it may be detached. */
  fetch: (request: Request, options?: McpHandlerRequestOptions) => Promise<Response>
  /** The paths that the server answers, for a router. */
  readonly paths: readonly string[]
  /** Whether a request is for one of `paths`. */
  owns(request: Request): boolean
  /** The metadata of the server (RFC 8414), for the option `oauthMetadata` of `withResourceMetadata`. */
  readonly metadata: OAuthServerMetadata
  /** The redirect URI to register at the upstream provider. */
  readonly callbackUrl: string
  /** Verifies the server's access tokens without a request, for the option `verifier` of `withAuth`. */
  readonly verifier: OAuthTokenVerifier
  /**
   * Verifies an access token, and returns its claims. A token for a resource that is not one of the option
   * `resource` is rejected.
   *
   * @throws OAuthError if the token is rejected.
   */
  verifyToken(token: string): Promise<Claims>
  /**
   * Returns the access token of a caller at the identity provider, for calls to the API of the provider. An expired token
   * is renewed first. Never pass the token to a client.
   *
   * @returns undefined if there is no such token, or if the sign-in has ended.
   */
  upstreamToken(authInfo: AuthInfo | undefined): Promise<string | undefined>
}

/**
 * Creates an OAuth 2.1 authorization server for MCP clients, with metadata (RFC 8414), PKCE (S256), registration
 * (RFC 7591, and client id metadata documents), a consent page, JWT access tokens for one resource each (RFC 9068,
 * RFC 8707), rotating refresh tokens, and revocation (RFC 7009). Users sign in at `upstreamProvider`, or
 * `authenticate` identifies them.
 *
 * Refused requests are answered as OAuth defines it, with JSON, a redirect or a page, and reported to `onerror`. If the
 * store fails, the response is 503.
 *
 * @param options - See {@link OAuthServerOptions}.
 * @throws TypeError or RangeError if an option is unknown, malformed or out of range.
 *
 * @example
 * ```ts
 * import { withAuth, withResourceMetadata } from '@portico-mcp/auth'
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { github, oauthServer, withAuthorizationServer } from '@portico-mcp/oauth'
 *
 * const resourceServerUrl = 'https://mcp.example.com/mcp'
 * const server = oauthServer({
 *   issuer: 'https://mcp.example.com',
 *   resource: resourceServerUrl,
 *   sessionSecret: process.env.SESSION_SECRET ?? 'a secret of at least 32 characters',
 *   upstreamProvider: github({ clientId: 'an-id', clientSecret: process.env.GITHUB_SECRET }),
 * })
 *
 * const notes = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))
 * const gated = withAuth(notes, { resourceServerUrl, verifier: server.verifier })
 *
 * export const handler = withAuthorizationServer(
 *   withResourceMetadata(gated, { resourceServerUrl, oauthMetadata: server.metadata }),
 *   server,
 * )
 * ```
 */
export function oauthServer(options: OAuthServerOptions): OAuthServer {
  const settings = readSettings(options)
  const context = createContext(settings)
  const metadata = buildMetadata(settings, context.endpoints)
  const routes = createRoutes(context, metadata)
  const verifier = createVerifier(context)

  async function answer(request: Request, given: McpHandlerRequestOptions): Promise<Response> {
    const route = routes.get(readPath(request))
    if (!route) return buildJsonError(new OAuthServerRefusal('no-such-path'))
    const isScript = route.caller === 'script'
    if (isScript && request.method === 'OPTIONS') return answerPreflight(route.methods)
    try {
      if (!route.methods.includes(request.method)) {
        throw new OAuthServerRefusal('method-not-allowed', { headers: { allow: route.methods.join(', ') } })
      }
      const response = await route.handle(request, context, given)
      return isScript ? allowAnyOrigin(response) : response
    } catch (thrown) {
      const refusal = toRefusal(thrown)
      settings.report(refusal)
      await discardBody(request)
      return isScript ? allowAnyOrigin(buildJsonError(refusal)) : renderErrorPage(refusal)
    }
  }

  return {
    fetch: toFetch(answer),
    paths: [...routes.keys()],
    owns: (request) => routes.has(readPath(request)),
    metadata,
    callbackUrl: context.endpoints.callback,
    verifier,
    verifyToken: (token) => verifyClaims(token, verifier, settings.resources),
    upstreamToken: (authInfo) => readUpstreamToken(authInfo, context),
  }
}

async function verifyClaims(
  token: string,
  verifier: OAuthTokenVerifier,
  resources: readonly string[],
): Promise<Claims> {
  const { extra } = await verifier.verifyAccessToken(token)
  const claims = extra?.claims as Claims
  if (resources.includes(String(claims.aud))) return claims
  throw new OAuthError('invalid_token', 'Token was not issued for this resource', {
    reason: 'wrong-audience',
  })
}

async function readUpstreamToken(
  authInfo: AuthInfo | undefined,
  context: OAuthContext,
): Promise<string | undefined> {
  const { sid } = (authInfo?.extra?.claims ?? {}) as { sid?: unknown }
  if (typeof sid !== 'string') return undefined
  const grant = await context.grants.find(sid)
  const tokens = grant && (await renewUpstream(sid, grant, context))
  return tokens === 'ended' ? undefined : tokens?.accessToken
}
