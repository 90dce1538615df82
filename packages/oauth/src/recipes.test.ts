/**
 * What authors know from other servers of this kind, with imports of these packages; what it takes for granted is
 * declared before it.
 */
import bodyParser from '@koa/bodyparser'
import { getIdentity } from '@portico-mcp/auth'
import { McpServer } from '@portico-mcp/core'
import { toKoaHandler } from '@portico-mcp/koa'
import { createMcpRouter } from '@portico-mcp/koa/router'
import App from 'koa'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { closeAll, serve } from '../../koa/src/testing/serve.ts'
import { oauthServer } from './index.ts'
import {
  authenticateByCookie,
  buildPath,
  createServer,
  exchangeCode,
  getTokens,
  SECRET,
  signIn,
} from './testing/flow.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  closeAll()
})

const mcpServer = new McpServer({ name: 'my-mcp-server', version: '1.0.0' })
mcpServer.registerTool('get-profile', { description: "Return the caller's profile" }, async () => {
  const identity = getIdentity<{ sub: string; name: string }>()
  return { content: [{ type: 'text', text: `Hello, ${identity?.name}` }] }
})

describe('one deployment that both issues and verifies tokens', () => {
  it('pairs oauthServer() with createMcpRouter({ auth: { verifyToken } }), in one Koa app behind a body parser', async () => {
    const resource = 'https://mcp.example.com/mcp'
    const issuer = 'https://auth.example.com'
    const server = oauthServer({
      issuer,
      resource,
      sessionSecret: SECRET,
      authenticate: authenticateByCookie,
    })
    const mcpRouter = createMcpRouter(mcpServer, {
      auth: {
        verifyToken: server.verifyToken,
        resourceServerUrl: 'https://mcp.example.com',
        authorizationServerUrl: issuer,
        publicMethods: [],
      },
    })
    const handleOAuth = toKoaHandler(server)
    const app = new App()
    app.use(bodyParser())
    app.use((ctx, next) => (server.paths.includes(ctx.path) ? handleOAuth(ctx, next) : next()))
    app.use(mcpRouter.routes())
    const origin = await serve(app)
    const overHttp = {
      fetch: async ({ url, method, headers, body }: Request) =>
        fetch(url.replace(issuer, origin), {
          method,
          headers,
          redirect: 'manual',
          ...(body && { body: await new Response(body).text() }),
        }),
    }
    const signedIn = await signIn(overHttp, { parameters: { scope: undefined } })
    const { access_token } = (await (await exchangeCode(overHttp, signedIn)).json()) as any
    const call = (headers: Record<string, string>) =>
      fetch(`${origin}/mcp`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...headers,
        },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'tools/call',
          params: { name: 'get-profile' },
        }),
      })
    const stranger = await call({})
    expect(stranger.status).toBe(401)
    expect(stranger.headers.get('www-authenticate')).toContain(
      'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"',
    )
    const answer = await call({ authorization: `Bearer ${access_token}` })
    expect(await answer.json()).toMatchObject({ result: { content: [{ text: 'Hello, ANN' }] } })
    expect((await call({ authorization: `Bearer ${access_token}x` })).status).toBe(401)
  })

  it('takes the options of createHTTPServer, as they stand there', async () => {
    vi.stubEnv('SESSION_SECRET', SECRET)
    vi.stubEnv('GITHUB_CLIENT_ID', 'an-id')
    vi.stubEnv('GITHUB_CLIENT_SECRET', 'a-secret')
    const auth = {
      resource: 'https://api.example.com',
      authorizationServers: ['https://auth.example.com'],
      scopesSupported: ['read:data', 'write:data'],
      documentationUrl: 'https://docs.example.com/auth',
      enableOAuthServer: true,
      oauthServerOptions: {
        sessionSecret: process.env.SESSION_SECRET!,
        tokenTTL: 3600,
        enableDCR: true,
        upstreamProvider: {
          id: 'github',
          authorizationEndpoint: 'https://github.com/login/oauth/authorize',
          tokenEndpoint: 'https://github.com/login/oauth/access_token',
          clientId: process.env.GITHUB_CLIENT_ID!,
          clientSecret: process.env.GITHUB_CLIENT_SECRET!,
          scopes: ['read:user'],
        },
      },
    }
    const { resource, scopesSupported, documentationUrl, oauthServerOptions } = auth
    const issuer = new URL(resource).origin
    const server = oauthServer({
      issuer,
      resource: new URL(resource),
      scopesSupported,
      documentationUrl,
      ...oauthServerOptions,
    })
    expect(server.metadata).toMatchObject({ issuer, scopes_supported: scopesSupported })
    expect(server.metadata).toHaveProperty('registration_endpoint', `${issuer}/oauth/register`)
    expect(server.paths).toContain('/.well-known/oauth-authorization-server')
    expect(server.callbackUrl).toBe(`${issuer}/oauth/callback`)
  })
})

describe('verifyToken', () => {
  it('knows what its own tokens say, and none that is for a resource that is not its own any more', async () => {
    const other = 'https://mcp.example.com/other'
    const server = createServer({ checkRevocation: false })
    const { tokens } = await getTokens(server)
    expect(await server.verifyToken(tokens.access_token)).toMatchObject({ sub: 'ann' })
    const moved = createServer({ resource: other, checkRevocation: false })
    await expect(moved.verifyToken(tokens.access_token)).rejects.toMatchObject({ reason: 'wrong-audience' })
    expect(buildPath('token')).toBe(server.metadata.token_endpoint)
  })
})
