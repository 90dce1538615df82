import { scopes, withAuth, withResourceMetadata } from '@portico-mcp/auth'
import { withGuard } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'
import {
  type OAuthServer,
  type OAuthServerOptions,
  oauthServer,
  oidc,
  withAuthorizationServer,
} from '@portico-mcp/oauth'
import { startAuthorizationServer } from './authorization-server.ts'
import { createNotes } from './notes.ts'
import { listen } from './server.ts'

/** Who signs users in. */
export type Users = (issuer: string) => Promise<Partial<OAuthServerOptions>>

/** An endpoint that issues its own tokens. */
export interface Embedded {
  resource: string
  server: OAuthServer
  /** The paths that were asked for, in order. */
  paths: string[]
}

/** A site with users of its own: whoever posts a name to its login page. */
export const ownUsers: Users = async () => ({
  authenticate: ({ headers }, { returnTo }) => {
    const [, sub] = /\bsite-user=(\w+)/.exec(headers.get('cookie') ?? '') ?? []
    const login = `/login?to=${encodeURIComponent(returnTo)}`
    return sub ? { sub } : new Response(null, { status: 303, headers: { location: login } })
  },
})

/** Users of a certified provider, where the server is one client. */
export const usersOfProvider: Users = async (issuer) => {
  const { issuer: upstream } = await startAuthorizationServer()
  const response = await fetch(`${upstream}/reg`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      redirect_uris: [`${issuer}/oauth/callback`],
      application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token'],
    }),
  })
  const { client_id, client_secret } = (await response.json()) as { client_id: string; client_secret: string }
  return {
    upstreamProvider: oidc({
      issuer: upstream,
      clientId: client_id,
      clientSecret: client_secret,
      scopes: ['openid'],
    }),
  }
}

/** Serves notes, and the authorization server for them, from one origin. */
export async function startEmbedded(
  users: Users,
  options: Partial<OAuthServerOptions> = {},
  open = listen,
): Promise<Embedded> {
  const paths: string[] = []
  let server: OAuthServer | undefined
  const origin = await open(async (issuer) => {
    const resourceServerUrl = `${issuer}/mcp`
    server = oauthServer({
      issuer,
      resource: resourceServerUrl,
      sessionSecret: 'a secret of more than 32 characters',
      scopesSupported: ['notes:read', 'notes:write'],
      ...(await users(issuer)),
      ...options,
    })
    const gated = withAuth(createNotes(), {
      resourceServerUrl,
      verifier: server.verifier,
      requiredScopes: ['notes:read'],
      scopes: scopes({ tools: { 'purge-*': ['notes:write'] } }),
    })
    const { metadata } = server
    const found = withResourceMetadata(gated, {
      resourceServerUrl,
      oauthMetadata: metadata,
      scopesSupported: ['notes:read'],
    })
    const site = {
      fetch: (request: Request, given?: object) =>
        new URL(request.url).pathname === '/login' ? login(request) : found.fetch(request, given),
    }
    const answer = toNodeHandler(withGuard(withAuthorizationServer(site, server), { publicUrl: issuer }))
    return (request, response) => {
      paths.push(new URL(request.url!, issuer).pathname)
      return answer(request, response)
    }
  })
  return { resource: `${origin}/mcp`, server: server!, paths }
}

async function login(request: Request): Promise<Response> {
  const { pathname, search, searchParams } = new URL(request.url)
  if (request.method === 'POST') {
    const name = (await request.formData()).get('login')
    const headers = { location: searchParams.get('to')!, 'set-cookie': `site-user=${name}; Path=/; HttpOnly` }
    return new Response(null, { status: 303, headers })
  }
  const html = `<form method="post" action="${pathname}${search}"><input name="prompt" value="login">
<input name="login"><button>Sign in</button></form>`
  return new Response(html, { headers: { 'content-type': 'text/html' } })
}
