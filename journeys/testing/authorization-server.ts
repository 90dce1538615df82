import { json } from 'node:stream/consumers'
import Provider from 'oidc-provider'
import { listen } from './server.ts'

/** An application that signs in as itself. */
export const MACHINE = { clientId: 'notes-machine', clientSecret: 'machine-secret' }

/** A token that was issued. */
export interface Grant {
  grantType: string
  clientId: string
  resource: string
  scope: string
}

export interface AuthorizationServer {
  issuer: string
  /** Every token that was issued, in order. */
  grants: Grant[]
  /** Seconds that the tokens issued from now on live. */
  accessTokenTTL: number
  /** The pages and endpoints that were asked for, in order. */
  paths: string[]
}

/** A certified authorization server with registration, login and consent pages, and JWTs for any resource. */
export async function startAuthorizationServer(): Promise<AuthorizationServer> {
  const server: AuthorizationServer = { issuer: '', grants: [], accessTokenTTL: 60, paths: [] }
  server.issuer = await listen((issuer) => {
    const provider = createProvider(issuer, server)
    provider.on('grant.success', ({ oidc }: any) => {
      const { grant_type, resource, scope } = oidc.params
      server.grants.push({ grantType: grant_type, clientId: oidc.client.clientId, resource, scope })
    })
    provider.use(openRegistration)
    const answer = provider.callback()
    return (request, response) => {
      server.paths.push(new URL(request.url!, issuer).pathname)
      void answer(request, response)
    }
  })
  return server
}

const createProvider = (issuer: string, server: AuthorizationServer): Provider =>
  new Provider(issuer, {
    clients: [
      {
        client_id: MACHINE.clientId,
        client_secret: MACHINE.clientSecret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    scopes: ['notes:read', 'notes:write', 'offline_access'],
    cookies: { keys: ['a-key-for-tests'] },
    issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
    clientBasedCORS: () => true,
    expiresWithSession: async () => false,
    features: {
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      registration: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_: unknown, audience: string) => ({
          scope: 'notes:read notes:write',
          audience,
          accessTokenTTL: server.accessTokenTTL,
          accessTokenFormat: 'jwt' as const,
        }),
      },
    },
  })

// clients register with the scope of their first challenge, and a server that holds them to it has no step-up;
// pages register too
async function openRegistration(ctx: any, next: () => Promise<void>): Promise<void> {
  if (ctx.path !== '/reg') return next()
  ctx.set({ 'access-control-allow-origin': '*', 'access-control-allow-headers': 'content-type' })
  if (ctx.method === 'OPTIONS') {
    ctx.status = 204
    return
  }
  const { scope: _, ...metadata } = (await json(ctx.req)) as { scope?: string }
  ctx.req.body = metadata
  await next()
}

/** A token for a resource, issued to an application that signs in as itself. */
export async function issueToken(issuer: string, resource: string, scope = 'notes:read'): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${MACHINE.clientId}:${MACHINE.clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope, resource }),
  })
  const { access_token } = (await response.json()) as { access_token: string }
  return access_token
}
