import { type AuthInfo, type Claims, OAuthError, type OAuthTokenVerifier } from '@portico-mcp/auth'
import { type FetchHandler, type McpHandlerRequestOptions, toFetch } from '@portico-mcp/core'
import { discardBody } from '@portico-mcp/core/internal'
import { authorize } from './authorize.ts'
import { callback } from './callback.ts'
import { consent } from './consent.ts'
import { type Answer, type Desk, openDesk } from './desk.ts'
import { metadataOf, type OAuthServerMetadata } from './metadata.ts'
import type { OAuthServerOptions } from './options.ts'
import { html, pageResponse } from './page.ts'
import { OAuthServerRefusal, toRefusal } from './refusal.ts'
import { register } from './register.ts'
import { renewUpstream } from './renew-upstream.ts'
import { revoke } from './revoke.ts'
import { readOptions } from './settings.ts'
import { token } from './token.ts'
import { verifierOf } from './verifier.ts'

/** An authorization server: a fetch handler of its own paths, and what goes with it. */
export interface OAuthServer {
  /** Answers one HTTP request; what is not one of its paths gets 404. Bound: it may be detached. */
  fetch: (request: Request, options?: McpHandlerRequestOptions) => Promise<Response>
  /** The paths that are its own, to be mounted or to be left to it. */
  readonly paths: readonly string[]
  /** Whether a request is for one of them. */
  owns(request: Request): boolean
  /** What it says of itself (RFC 8414); the `oauthMetadata` of `withResourceMetadata`. */
  readonly metadata: OAuthServerMetadata
  /** The redirect URI to register at the upstream provider. */
  readonly callbackUrl: string
  /** Verifies its tokens, without a request to it; for `withAuth`. */
  readonly verifier: OAuthTokenVerifier
  /**
   * The claims of one of its tokens, for whatever takes a function; a token for another resource than those of
   * `resource` is not accepted.
   *
   * @throws OAuthError for a token that is not accepted.
   */
  verifyToken(token: string): Promise<Claims>
  /**
   * The upstream's access token of a caller, for calls to the upstream in that caller's name; renewed there where
   * it is over. It is the host's alone: never answer it to a client.
   *
   * @returns undefined where there is none, or the sign-in has ended.
   */
  upstreamToken(authInfo: AuthInfo | undefined): Promise<string | undefined>
}

interface Route {
  answer: Answer
  methods: readonly string[]
  /** Who asks: scripts of any origin, which get JSON, or a browser that shows what it gets. */
  by: 'script' | 'browser'
}

/**
 * An OAuth 2.1 authorization server for MCP clients: metadata (RFC 8414), PKCE (S256), registration (RFC 7591, and
 * documents at the URL of a client id), a consent page, JWT access tokens for one resource each (RFC 9068, RFC 8707),
 * rotating refresh tokens, and revocation (RFC 7009). Users sign in at `upstreamProvider`, or are known to
 * `authenticate`.
 *
 * What is refused is answered as OAuth has it, as JSON, redirect or page, and reported to `onerror`. Where the store
 * fails, it answers 503.
 *
 * @param options - See {@link OAuthServerOptions}.
 * @throws TypeError or RangeError for an option that cannot be used.
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
  const settings = readOptions(options)
  const desk = openDesk(settings)
  const metadata = metadataOf(settings, desk.endpoints)
  const routes = routesOf(desk, metadata)

  async function answer(request: Request, given: McpHandlerRequestOptions): Promise<Response> {
    const route = routes.get(pathOf(request))
    if (!route) return jsonRefusal(new OAuthServerRefusal('no-such-path'))
    if (route.by === 'script' && request.method === 'OPTIONS') return preflight(route)
    try {
      if (!route.methods.includes(request.method)) {
        throw new OAuthServerRefusal('method-not-allowed', { headers: { allow: route.methods.join(', ') } })
      }
      const response = await route.answer(request, desk, given)
      return route.by === 'script' ? opened(response) : response
    } catch (thrown) {
      const refusal = toRefusal(thrown)
      settings.report(refusal)
      await discardBody(request)
      return route.by === 'script' ? opened(jsonRefusal(refusal)) : pageRefusal(refusal)
    }
  }

  const verifier = verifierOf(desk)
  return {
    fetch: toFetch(answer),
    paths: [...routes.keys()],
    owns: (request) => routes.has(pathOf(request)),
    metadata,
    callbackUrl: desk.endpoints.callback,
    verifier,
    async verifyToken(token) {
      const { extra } = await verifier.verifyAccessToken(token)
      const claims = extra?.claims as Claims
      if (settings.resources.includes(String(claims.aud))) return claims
      throw new OAuthError('invalid_token', 'Token was not issued for this resource', {
        reason: 'wrong-audience',
      })
    },
    async upstreamToken(authInfo) {
      const { sid } = (authInfo?.extra?.claims ?? {}) as { sid?: unknown }
      const grant = typeof sid === 'string' ? await desk.grants.find(sid) : undefined
      const tokens = grant && (await renewUpstream(sid as string, grant, desk))
      return tokens === 'ended' ? undefined : tokens?.accessToken
    },
  }
}

/**
 * Puts an authorization server in front of a handler: it answers what is its own, the handler everything else.
 *
 * @param handler - A Portico handler, or anything that wraps one; its own members are kept.
 * @param server - The authorization server.
 */
export const withAuthorizationServer = <H extends FetchHandler>(
  handler: H,
  server: Pick<OAuthServer, 'fetch' | 'owns'>,
): Omit<H, 'fetch'> & {
  fetch: (request: Request, options?: McpHandlerRequestOptions) => Promise<Response>
} => ({
  ...handler,
  fetch: toFetch(async (request, given) =>
    server.owns(request) ? server.fetch(request, given) : handler.fetch(request, given),
  ),
})

function routesOf(
  { endpoints, settings, keys, upstream }: Desk,
  metadata: OAuthServerMetadata,
): Map<string, Route> {
  const script = (answer: Answer, ...methods: string[]): Route => ({ answer, methods, by: 'script' })
  const browser = (answer: Answer, ...methods: string[]): Route => ({ answer, methods, by: 'browser' })
  const document = (make: () => object | Promise<object>): Route =>
    script(
      async ({ method }) => {
        const response = Response.json(await make(), { headers: { 'cache-control': 'public, max-age=300' } })
        return method === 'HEAD' ? new Response(null, response) : response
      },
      'GET',
      'HEAD',
    )
  const routes: [string, Route][] = [
    ...endpoints.metadata.map((url): [string, Route] => [url, document(() => metadata)]),
    [endpoints.jwks, document(() => keys.jwks())],
    [endpoints.authorize, browser(authorize, 'GET')],
    [endpoints.consent, browser(consent, 'POST')],
    [endpoints.token, script(token, 'POST')],
    [endpoints.revoke, script(revoke, 'POST')],
  ]
  if (upstream) routes.push([endpoints.callback, browser(callback, 'GET')])
  if (settings.enableDCR) routes.push([endpoints.register, script(register, 'POST')])
  return new Map(routes.map(([url, route]) => [new URL(url).pathname, route]))
}

const pathOf = ({ url }: Request): string => new URL(url).pathname.replace(/(?<=.)\/$/, '')

function jsonRefusal({ code, message, status, headers }: OAuthServerRefusal): Response {
  const body = { error: code, error_description: message }
  return Response.json(body, { status, headers: { 'cache-control': 'no-store', ...headers } })
}

const pageRefusal = ({ message, status, headers }: OAuthServerRefusal): Response =>
  pageResponse('Sign in', html`<h1>This does not work</h1><p>${message}.</p>`, { status, headers })

function opened(response: Response): Response {
  response.headers.set('access-control-allow-origin', '*')
  response.headers.set('access-control-expose-headers', 'www-authenticate, retry-after')
  return response
}

const preflight = ({ methods }: Route): Response =>
  new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': 'authorization, content-type, mcp-protocol-version',
      'access-control-max-age': '7200',
    },
  })
