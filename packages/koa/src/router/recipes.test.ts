/**
 * What authors know from other routers of this kind, line by line, with imports of this package. What is
 * added around it: hosts of the internet are servers of this machine, `'...'` is an id, ports are free ones,
 * and what the lines take for granted is declared before them.
 */
import { createHash } from 'node:crypto'
import type { AddressInfo, Server } from 'node:net'
import bodyParser from '@koa/bodyparser'
import cors from '@koa/cors'
import Router from '@koa/router'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { toLambdaHandler } from '@portico-mcp/lambda'
import { createRemoteJWKSet, exportJWK, generateKeyPair, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import App from 'koa'
import request from 'supertest'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { catchListening, resolveHosts } from '../testing/hosts.ts'
import { closeAll, rpc, serve, toolText } from '../testing/serve.ts'
import {
  apiCall,
  checkScopes,
  createGatedToolRegistrar,
  createMcpRouter,
  createProtectedResourceMetadataMiddleware,
  getIdentity,
  getWwwAuthenticateHeader,
  McpServer,
  registerToolFromSchema,
} from './index.ts'

let mcpServer: McpServer
let server: McpServer
const listening = new Set<Server>()

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  mcpServer = new McpServer({ name: 'my-server', version: '1.0.0' })
  server = mcpServer
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
  for (const one of listening) one.close()
  listening.clear()
  closeAll()
})

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** Where a router is served, behind a parser, until the test is over. */
const mount = (router: Router): Promise<string> => serve(new App().use(bodyParser()).use(router.routes()))

async function originOf(started: Promise<Server>): Promise<string> {
  const server = await started
  listening.add(server)
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An API that says what it was asked. */
const startApi = (): Promise<string> =>
  serve(
    new App().use(bodyParser()).use((ctx) => {
      const { method, url, headers } = ctx
      ctx.body = { method, url, headers, body: ctx.request.body }
    }),
  )

/** Issues tokens; its keys are served on loopback, whatever path is asked for. */
async function startIssuer(): Promise<{
  origin: string
  sign: (claims: JWTPayload, expires?: string) => Promise<string>
}> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const keys = [{ ...(await exportJWK(publicKey)), alg: 'RS256', kid: 'key' }]
  const origin = await serve(
    new App().use((ctx) => {
      if (ctx.path.endsWith('/.well-known/jwks.json')) ctx.body = { keys }
    }),
  )
  const sign = (claims: JWTPayload, expires = '1h') =>
    new SignJWT({ sub: 'ann', ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'key' })
      .setExpirationTime(expires)
      .sign(privateKey)
  return { origin, sign }
}

/** A user pool on loopback: signs access tokens of its client `client`. */
async function startUserPool() {
  const { origin, sign } = await startIssuer()
  resolveHosts({ 'cognito-idp.us-east-1.amazonaws.com': origin })
  const iss = 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_xxx'
  return (claims: JWTPayload = {}) => sign({ iss, token_use: 'access', client_id: 'client', ...claims })
}

/** Registers a tool that tells who calls. */
const registerWhoami = (): unknown =>
  mcpServer.registerTool('whoami', {}, async () => ({
    content: [{ type: 'text', text: String(getIdentity()?.id) }],
  }))

describe('a server', () => {
  it('1: is mounted in an app, and listens', async () => {
    const started = catchListening()
    const said = vi.spyOn(console, 'log').mockImplementation(() => {})

    // Create MCP server
    const mcpServer = new McpServer({
      name: 'my-mcp-server',
      version: '1.0.0',
    })

    // Register tools
    mcpServer.registerTool(
      'get-weather',
      {
        description: 'Get weather information for a location',
        inputSchema: {
          location: z.string().describe('City name'),
        },
      },
      async ({ location }) => ({
        content: [
          {
            type: 'text',
            text: `Weather in ${location}: Sunny, 72°F`,
          },
        ],
      }),
    )

    // Create HTTP server
    const app = new App()
    app.use(cors())
    app.use(bodyParser())

    // Mount MCP router
    const mcpRouter = createMcpRouter(mcpServer)
    app.use(mcpRouter.routes())

    app.listen(3000, () => {
      console.log('MCP server running on http://localhost:3000/mcp')
    })

    const url = `${await originOf(started)}/mcp`
    expect(said).toHaveBeenCalledWith('MCP server running on http://localhost:3000/mcp')
    expect(await toolText(url, 'get-weather', { location: 'Rome' })).toBe('Weather in Rome: Sunny, 72°F')
    const client = new Client({ name: 'client', version: '1' })
    await client.connect(new StreamableHTTPClientTransport(new URL(url)))
    expect((await client.listTools()).tools[0]).toMatchObject({
      description: 'Get weather information for a location',
      inputSchema: { properties: { location: { type: 'string', description: 'City name' } } },
    })
    await client.close()
  })
})

describe('apiCall', () => {
  it('2: forwards the bearer token', async () => {
    vi.stubEnv('PORT', new URL(await startApi()).port)
    const mcpServer = new McpServer({ name: 'my-server', version: '1.0.0' })

    mcpServer.registerTool(
      'list-portfolios',
      { description: 'List all portfolios', inputSchema: {} },
      async () => {
        // Bearer token is forwarded automatically — no manual wiring
        const data = await apiCall('GET', '/portfolios')
        return { content: [{ type: 'text', text: JSON.stringify(data) }] }
      },
    )

    const mcpRouter = createMcpRouter(mcpServer, {
      apiBaseUrl: `http://localhost:${process.env.PORT}/api/v1`,
      // Extract the caller's Bearer token and inject it into every apiCall
      getApiHeaders: (ctx) => ({ Authorization: ctx.headers.authorization ?? '' }),
    })

    const asked = JSON.parse(
      await toolText(`${await mount(mcpRouter)}/mcp`, 'list-portfolios', {}, bearer('of-ann')),
    )
    expect(asked).toMatchObject({
      method: 'GET',
      url: '/api/v1/portfolios',
      headers: { authorization: 'Bearer of-ann' },
    })
  })

  it('3: forwards an API key', async () => {
    resolveHosts({ 'internal-service': await startApi() })
    mcpServer.registerTool('list', {}, async () => ({
      content: [{ type: 'text', text: JSON.stringify(await apiCall('GET', '/list')) }],
    }))

    const mcpRouter = createMcpRouter(mcpServer, {
      apiBaseUrl: 'https://internal-service/api',
      getApiHeaders: (ctx) => ({
        'x-api-key': ctx.headers['x-api-key'] as string,
      }),
    })

    const asked = JSON.parse(
      await toolText(`${await mount(mcpRouter)}/mcp`, 'list', {}, { 'x-api-key': 'key' }),
    )
    expect(asked).toMatchObject({ url: '/api/list', headers: { 'x-api-key': 'key' } })
  })

  it('4: calls whole URLs, without any context', async () => {
    resolveHosts({ 'api.exchangerate.host': await startApi() })

    mcpServer.registerTool('get-rates', { description: 'Currency rates', inputSchema: {} }, async () => {
      // Full URL — works entirely outside any context
      const rates = await apiCall('GET', 'https://api.exchangerate.host/latest')
      return { content: [{ type: 'text', text: JSON.stringify(rates) }] }
    })

    const asked = JSON.parse(await toolText(`${await mount(createMcpRouter(mcpServer))}/mcp`, 'get-rates'))
    expect(asked).toMatchObject({ method: 'GET', url: '/latest' })
  })

  const callFrom = async (call: () => Promise<unknown>): Promise<any> => {
    const api = await startApi()
    resolveHosts({ 'partner.api.com': api })
    mcpServer.registerTool('call', {}, async () => ({
      content: [{ type: 'text', text: JSON.stringify(await call()) }],
    }))
    const router = createMcpRouter(mcpServer, {
      apiBaseUrl: api,
      getApiHeaders: (ctx) => ({ Authorization: ctx.headers.authorization ?? '' }),
    })
    return JSON.parse(await toolText(`${await mount(router)}/mcp`, 'call', {}, bearer('of-ann')))
  }

  it('5: posts a body', async () => {
    const asked = await callFrom(async () => {
      const result = await apiCall('POST', '/portfolios', {
        body: { name: 'Growth Fund' },
      })
      return result
    })
    expect(asked).toMatchObject({ method: 'POST', body: { name: 'Growth Fund' } })
    expect(asked.headers).toMatchObject({
      authorization: 'Bearer of-ann',
      'content-type': 'application/json',
    })
  })

  it('6: lets the headers of a call win', async () => {
    const asked = await callFrom(async () => {
      // Context-injected headers are merged; per-call headers take precedence
      const data = await apiCall('GET', 'https://partner.api.com/data', {
        headers: { Authorization: 'Bearer fixed-service-token' },
      })
      return data
    })
    expect(asked).toMatchObject({ url: '/data', headers: { authorization: 'Bearer fixed-service-token' } })
  })

  it('7: names the option where a path has no base', async () => {
    mcpServer.registerTool('call', {}, async () => {
      await apiCall('GET', '/portfolios')
      return { content: [] }
    })
    expect(await toolText(`${await mount(createMcpRouter(mcpServer))}/mcp`, 'call')).toMatch(
      /"\/portfolios".*apiBaseUrl/,
    )
  })
})

describe('auth', () => {
  it('8: takes tokens of a user pool', async () => {
    const sign = await startUserPool()
    vi.stubEnv('COGNITO_USER_POOL_ID', 'us-east-1_xxx')
    vi.stubEnv('COGNITO_CLIENT_ID', 'client')
    registerWhoami()

    const mcpRouter = createMcpRouter(mcpServer, {
      auth: {
        cognitoUserPool: {
          userPoolId: process.env.COGNITO_USER_POOL_ID!,
          clientId: process.env.COGNITO_CLIENT_ID!,
          tokenUse: 'access', // default
        },
      },
    })

    const url = `${await mount(mcpRouter)}/mcp`
    expect(await toolText(url, 'whoami', {}, bearer(await sign()))).toBe('ann')
    for (const claims of [
      { client_id: 'other' },
      { token_use: 'id' },
      { iss: 'https://other.example.com' },
    ]) {
      expect((await rpc(url, 'tools/call', { name: 'whoami' }, bearer(await sign(claims)))).status).toBe(401)
    }
    expect((await rpc(url, 'tools/call', { name: 'whoami' })).status).toBe(401)
    expect((await rpc(url, 'tools/list')).status).toBe(200)
  })

  it('9: takes JWTs that a verifier of your own takes', async () => {
    const { origin, sign } = await startIssuer()
    resolveHosts({ 'your-auth-server': origin })
    registerWhoami()

    const JWKS = createRemoteJWKSet(new URL('https://your-auth-server/.well-known/jwks.json'))

    const mcpRouter = createMcpRouter(mcpServer, {
      auth: {
        verifyToken: async (token) => {
          const { payload } = await jwtVerify(token, JWKS)
          return payload
        },
      },
    })

    const url = `${await mount(mcpRouter)}/mcp`
    expect(await toolText(url, 'whoami', {}, bearer(await sign({})))).toBe('ann')
    const { sign: forge } = await startIssuer()
    for (const token of [await forge({}), await sign({}, '-1h')]) {
      expect((await rpc(url, 'tools/call', { name: 'whoami' }, bearer(token))).status).toBe(401)
    }
  })

  it('10: takes keys that a database knows', async () => {
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
    const records = new Map([
      [sha256('good'), { userId: 'ann', scopes: ['a', 'b'], revokedAt: null }],
      [sha256('revoked'), { userId: 'ann', scopes: [], revokedAt: '2026-01-01' }],
    ])
    const db = { apiKeys: { findByHash: async (hash: string) => records.get(hash) } }
    registerWhoami()

    const mcpRouter = createMcpRouter(mcpServer, {
      auth: {
        verifyToken: async (token) => {
          // Look up the hashed token in your database
          const record = await db.apiKeys.findByHash(sha256(token))
          if (!record || record.revokedAt) {
            throw new Error('Invalid API key')
          }
          return { sub: record.userId, scope: record.scopes.join(' ') }
        },
      },
    })

    const url = `${await mount(mcpRouter)}/mcp`
    expect(await toolText(url, 'whoami', {}, bearer('good'))).toBe('ann')
    for (const key of ['revoked', 'unknown']) {
      expect((await rpc(url, 'tools/call', { name: 'whoami' }, bearer(key))).status).toBe(401)
    }
  })

  it('11: tells tools who calls', async () => {
    mcpServer.registerTool(
      'get-profile',
      { description: "Return the caller's profile", inputSchema: {} },
      async () => {
        const identity = getIdentity<{ sub: string; email: string }>()
        return {
          content: [{ type: 'text', text: `Hello, ${identity?.email}` }],
        }
      },
    )

    const verifyToken = async (sub: string) => ({ sub, email: `${sub}@example.com` })
    const url = `${await mount(createMcpRouter(mcpServer, { auth: { verifyToken } }))}/mcp`
    expect(
      await Promise.all(['ann', 'bob'].map((who) => toolText(url, 'get-profile', {}, bearer(who)))),
    ).toEqual(['Hello, ann@example.com', 'Hello, bob@example.com'])
  })

  it('12: demands scopes of the router', async () => {
    const sign = await startUserPool()
    registerWhoami()

    const router = createMcpRouter(mcpServer, {
      auth: {
        cognitoUserPool: { userPoolId: 'us-east-1_xxx', clientId: 'client' },
        requiredScopes: ['mcp:access'],
      },
    })

    const url = `${await mount(router)}/mcp`
    expect(await toolText(url, 'whoami', {}, bearer(await sign({ scope: 'openid mcp:access admin' })))).toBe(
      'ann',
    )
    const refused = await rpc(url, 'tools/call', { name: 'whoami' }, bearer(await sign({ scope: 'openid' })))
    expect(refused.status).toBe(403)
  })

  it('13: lets tools demand scopes', async () => {
    mcpServer.registerTool(
      'delete-user',
      { description: 'Delete a user', inputSchema: { userId: z.string() } },
      async ({ userId }) => {
        checkScopes(['admin', 'write:users']) // throws if either scope is missing
        // biome-ignore lint/correctness/noUnusedVariables: what goes on with it is left out
        const identity = getIdentity<{ sub: string }>()
        // proceed with deletion...
        return { content: [{ type: 'text', text: `Deleted ${userId}` }] }
      },
    )

    const verifyToken = async (scope: string) => ({ sub: 'ann', scope: scope.replace('+', ' ') })
    const url = `${await mount(createMcpRouter(mcpServer, { auth: { verifyToken } }))}/mcp`
    expect(await toolText(url, 'delete-user', { userId: 'bob' }, bearer('admin+write:users'))).toBe(
      'Deleted bob',
    )
    const { json } = await rpc(
      url,
      'tools/call',
      { name: 'delete-user', arguments: { userId: 'bob' } },
      bearer('admin'),
    )
    expect(json.result).toMatchObject({
      isError: true,
      content: [{ text: 'Insufficient scopes. Required: admin, write:users' }],
    })
  })
})

describe('metadata', () => {
  const WELL_KNOWN = '/.well-known/oauth-protected-resource'

  it('14: is served beside a user pool', async () => {
    const router = createMcpRouter(mcpServer, {
      auth: {
        cognitoUserPool: { userPoolId: 'us-east-1_xxx', clientId: 'client' },
        resourceServerUrl: 'https://mcp.example.com',
        authorizationServerUrl: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_xxx',
      },
    })

    expect(await (await fetch((await mount(router)) + WELL_KNOWN)).json()).toMatchObject({
      resource: 'https://mcp.example.com/mcp',
      authorization_servers: ['https://cognito-idp.us-east-1.amazonaws.com/us-east-1_xxx'],
    })
  })

  it('15: is served in front of a gate of your own', async () => {
    const app = new App()
    const myVerify = async (token: string) => token === 'good'

    // Mount the discovery endpoint before your own auth middleware
    app.use(
      createProtectedResourceMetadataMiddleware({
        resource: 'https://mcp.example.com',
        authorizationServers: ['https://api.example.com'],
      }),
    )

    // Your own auth middleware — emit the spec-compliant WWW-Authenticate header on 401s
    app.use(async (ctx, next) => {
      const token = ctx.headers.authorization?.replace('Bearer ', '')
      if (!token || !(await myVerify(token))) {
        ctx.status = 401
        ctx.set('WWW-Authenticate', getWwwAuthenticateHeader({ resource: 'https://mcp.example.com' }))
        ctx.body = 'Unauthorized'
        return
      }
      await next()
    })

    app.use(createMcpRouter(mcpServer).routes())

    const url = await serve(app)
    expect(await (await fetch(url + WELL_KNOWN)).json()).toMatchObject({
      resource: 'https://mcp.example.com',
      authorization_servers: ['https://api.example.com'],
    })
    const refused = await fetch(`${url}/mcp`, { method: 'POST' })
    expect([refused.status, await refused.text(), refused.headers.get('www-authenticate')]).toEqual([
      401,
      'Unauthorized',
      `Bearer resource_metadata="https://mcp.example.com${WELL_KNOWN}"`,
    ])
    expect((await rpc(`${url}/mcp`, 'ping', {}, bearer('good'))).status).toBe(200)
  })

  it('16: is where challenges send clients', async () => {
    const router = createMcpRouter(mcpServer, {
      auth: {
        cognitoUserPool: { userPoolId: 'us-east-1_xxx', clientId: 'client' },
        // Serve the metadata document (unauthenticated)...
        resourceServerUrl: 'https://mcp.example.com',
        authorizationServerUrl: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_xxx',
        // ...and point 401s at it for auto-discovery.
        resourceMetadataUrl: 'https://mcp.example.com/.well-known/oauth-protected-resource',
        // publicMethods defaults to ['initialize', 'tools/list'].
      },
    })

    const url = await mount(router)
    expect((await fetch(url + WELL_KNOWN)).status).toBe(200)
    expect((await rpc(`${url}/mcp`, 'tools/list')).status).toBe(200)
    const refused = await rpc(`${url}/mcp`, 'tools/call', { name: 'x' })
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      `Bearer resource_metadata="https://mcp.example.com${WELL_KNOWN}"`,
    ])
  })

  it('17: stays open where the endpoint is at the root too', async () => {
    const myVerify = async (token: string) => token === 'good' && { sub: 'ann' }
    registerWhoami()

    const router = createMcpRouter(mcpServer, {
      // The primary endpoint — also the value advertised as `resource` in metadata.
      path: '/mcp',
      // Additionally handle requests at the bare root for clients that ignore `resource`.
      aliases: ['/'],
      auth: {
        verifyToken: async (token) => myVerify(token),
        resourceServerUrl: 'https://mcp.example.com',
        authorizationServerUrl: 'https://auth.example.com',
      },
    })

    const url = await mount(router)
    for (const path of ['/', '/mcp']) {
      expect(await toolText(url + path, 'whoami', {}, bearer('good'))).toBe('ann')
      expect((await rpc(url + path, 'tools/call', { name: 'whoami' }, bearer('bad'))).status).toBe(401)
    }
    expect(await (await fetch(url + WELL_KNOWN)).json()).toMatchObject({
      resource: 'https://mcp.example.com/mcp',
    })
  })
})

describe('gated tools', () => {
  const lookupTenant = (userId: string) => `tenant-of-${userId}`
  const fetchCampaigns = vi.fn(async (...args: unknown[]): Promise<unknown> => args)
  const toggleAdAccount = vi.fn(async (...args: unknown[]): Promise<unknown> => args)
  const checkSubscriptionGates = vi.fn((names: string[]) => {
    if (names.includes('mustHaveBudget')) throw new Error('No budget')
  })
  const logger = { error: vi.fn() }

  const verifyToken = (sub: string) => ({
    sub,
    scope: sub === 'bob' ? 'openid' : 'campaigns:read accounts:write',
  })
  const serveGated = async () => `${await mount(createMcpRouter(server, { auth: { verifyToken } }))}/mcp`

  function createRegistrar() {
    const { register } = createGatedToolRegistrar({
      server,
      resolveIdentity: () => {
        const jwt = getIdentity<{ sub: string; scope: string }>()
        const scopes = jwt?.scope?.split(' ') ?? []
        return { userId: jwt!.sub, scopes }
      },
      buildContext: ({ identity }) => ({ tenantId: lookupTenant(identity.userId) }),
      onError: (err, { handler, identity }) => {
        logger.error({ err, handler, userId: identity.userId })
      },
    })
    return register
  }

  it('18: resolve the caller, its scope and its context', async () => {
    const register = createRegistrar()

    register({
      name: 'list-campaigns',
      description: 'List all ad campaigns for the caller.',
      requiredScope: 'campaigns:read',
      inputSchema: { limit: z.number().optional() },
      // biome-ignore lint/correctness/noUnusedFunctionParameters: tools find it there, used or not
      method: async ({ userId, tenantId, limit }) => fetchCampaigns(tenantId, limit),
    })

    const url = await serveGated()
    expect(await toolText(url, 'list-campaigns', { limit: 3 }, bearer('ann'))).toBe('["tenant-of-ann",3]')
    const refused = await rpc(url, 'tools/call', { name: 'list-campaigns', arguments: {} }, bearer('bob'))
    expect(refused.json.result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('campaigns:read') }],
    })
    expect(logger.error).not.toHaveBeenCalled()
    fetchCampaigns.mockRejectedValueOnce(new Error('The database is away'))
    expect(await toolText(url, 'list-campaigns', {}, bearer('ann'))).toBe('The database is away')
    expect(logger.error).toHaveBeenCalledWith({
      err: expect.any(Error),
      handler: 'list-campaigns',
      userId: 'ann',
    })
    fetchCampaigns.mockResolvedValueOnce(null)
    expect(await toolText(url, 'list-campaigns', {}, bearer('ann'))).toContain('Not found')
  })

  it('19: vary their gates with the arguments', async () => {
    const register = createRegistrar()

    register({
      name: 'activate-ad-account',
      description: 'Activate or deactivate an ad account.',
      requiredScope: 'accounts:write',
      inputSchema: { accountId: z.number(), isActive: z.boolean() },
      // arg-conditional gate: activating requires more checks than deactivating
      gates: [
        ({ args }) =>
          args.isActive
            ? checkSubscriptionGates(['mustNotExceedMaxActive', 'mustHaveBudget'])
            : checkSubscriptionGates(['mustIncludeService']),
      ],
      method: async ({ userId, accountId, isActive }) => toggleAdAccount(userId, accountId, isActive),
    })

    const url = await serveGated()
    const toggle = (isActive: boolean) =>
      toolText(url, 'activate-ad-account', { accountId: 1, isActive }, bearer('ann'))
    expect(await toggle(true)).toBe('No budget')
    expect(checkSubscriptionGates).toHaveBeenLastCalledWith(['mustNotExceedMaxActive', 'mustHaveBudget'])
    expect(toggleAdAccount).not.toHaveBeenCalled()
    expect(await toggle(false)).toBe('["ann",1,false]')
    expect(checkSubscriptionGates).toHaveBeenLastCalledWith(['mustIncludeService'])
  })
})

describe('tools from JSON Schema', () => {
  it('20: are listed word for word', async () => {
    const server = new McpServer({ name: 'my-server', version: '1.0.0' })

    registerToolFromSchema(server, {
      name: 'get-project',
      description: 'Get a project by ID',
      inputSchema: {
        type: 'object',
        properties: {
          id: { type: 'string', description: 'Project public ID' },
          // anyOf is preserved — Zod v3 has no direct equivalent
          status: { anyOf: [{ type: 'string' }, { type: 'null' }] },
        },
        required: ['id'],
      },
      handler: async ({ id }) => {
        const data = await apiCall('GET', `/projects/${id}`)
        return { content: [{ type: 'text', text: JSON.stringify(data) }] }
      },
    })

    const url = `${await mount(createMcpRouter(server, { apiBaseUrl: await startApi() }))}/mcp`
    expect((await rpc(url, 'tools/list')).json.result.tools[0].inputSchema).toEqual({
      type: 'object',
      properties: {
        id: { type: 'string', description: 'Project public ID' },
        status: { anyOf: [{ type: 'string' }, { type: 'null' }] },
      },
      required: ['id'],
    })
    expect(JSON.parse(await toolText(url, 'get-project', { id: 'p1' })).url).toBe('/projects/p1')
  })

  it('21: share their definition with an agent', async () => {
    const { generateText, jsonSchema, tool } = await import('ai')
    const { MockLanguageModelV1 } = await import('ai/test')

    // lib/tools.ts — shared tool definition
    const getProjectTool = {
      name: 'get-project',
      description: 'Get a project by ID',
      inputSchema: {
        type: 'object' as const,
        properties: { id: { type: 'string' } },
        required: ['id'],
      },
    }

    // MCP server
    registerToolFromSchema(mcpServer, {
      ...getProjectTool,
      handler: async ({ id }) => {
        return { content: [{ type: 'text', text: `project ${id}` }] }
      },
    })

    // AI SDK agent
    const agentTool = tool({
      description: getProjectTool.description,
      parameters: jsonSchema(getProjectTool.inputSchema),
      execute: async ({ id }) => {
        return `project ${id}`
      },
    })

    const model = new MockLanguageModelV1({
      doGenerate: async ({ mode }) => ({
        rawCall: { rawPrompt: null, rawSettings: {} },
        finishReason: 'tool-calls',
        usage: { promptTokens: 1, completionTokens: 1 },
        text: JSON.stringify(mode.type === 'regular' && mode.tools),
        toolCalls: [
          { toolCallType: 'function', toolCallId: '1', toolName: 'get-project', args: '{"id":"p1"}' },
        ],
      }),
    })
    const { text, toolResults } = await generateText({
      model,
      tools: { 'get-project': agentTool },
      prompt: 'Go',
    })
    const url = `${await mount(createMcpRouter(mcpServer))}/mcp`
    const { tools } = (await rpc(url, 'tools/list')).json.result
    expect(JSON.parse(text)[0].parameters).toEqual(tools[0].inputSchema)
    expect([toolResults[0]?.result, await toolText(url, 'get-project', { id: 'p1' })]).toEqual([
      'project p1',
      'project p1',
    ])
  })
})

describe('examples', () => {
  it('22: a tool', async () => {
    const server = new McpServer({
      name: 'calculator',
      version: '1.0.0',
    })

    server.registerTool(
      'add',
      {
        description: 'Add two numbers',
        inputSchema: {
          a: z.number().describe('First number'),
          b: z.number().describe('Second number'),
        },
      },
      async ({ a, b }) => ({
        content: [
          {
            type: 'text',
            text: `${a} + ${b} = ${a + b}`,
          },
        ],
      }),
    )

    const url = `${await mount(createMcpRouter(server))}/mcp`
    expect(await toolText(url, 'add', { a: 1, b: 2 })).toBe('1 + 2 = 3')
  })

  it('23: several tools, one of which throws', async () => {
    server.registerTool(
      'multiply',
      {
        description: 'Multiply two numbers',
        inputSchema: {
          a: z.number(),
          b: z.number(),
        },
      },
      async ({ a, b }) => ({
        content: [{ type: 'text', text: String(a * b) }],
      }),
    )

    server.registerTool(
      'divide',
      {
        description: 'Divide two numbers',
        inputSchema: {
          a: z.number(),
          b: z.number(),
        },
      },
      async ({ a, b }) => {
        if (b === 0) {
          throw new Error('Division by zero')
        }
        return {
          content: [{ type: 'text', text: String(a / b) }],
        }
      },
    )

    const url = `${await mount(createMcpRouter(server))}/mcp`
    expect(await toolText(url, 'multiply', { a: 2, b: 3 })).toBe('6')
    expect(await toolText(url, 'divide', { a: 6, b: 3 })).toBe('2')
    const { json } = await rpc(url, 'tools/call', { name: 'divide', arguments: { a: 1, b: 0 } })
    expect(json.result).toMatchObject({ isError: true, content: [{ text: 'Division by zero' }] })
  })

  it('24: a path', async () => {
    const router = createMcpRouter(server, {
      path: '/api/mcp',
    })

    const url = await mount(router)
    for (const accept of ['application/json, text/event-stream', 'application/json']) {
      expect((await rpc(`${url}/api/mcp`, 'ping', {}, { accept })).status).toBe(200)
    }
    expect((await fetch(`${url}/mcp`, { method: 'POST' })).status).toBe(404)
  })

  const read = async () => ({
    contents: [
      {
        uri: 'config://app',
        mimeType: 'application/json',
        text: JSON.stringify({ version: '1.0.0', env: 'production' }),
      },
    ],
  })

  it.each([
    ['Portico', McpServer],
    ['the SDK', SdkMcpServer],
  ])('25: a resource of %s has its name first', async (_, Class) => {
    const misread = new Class({ name: 'my-server', version: '1.0.0' })
    // its types refuse this, the name for the URI and no metadata
    ;(misread.resource as (...args: unknown[]) => unknown)(
      'config://app',
      'Application configuration',
      'application/json',
      read,
    )
    const params = { uri: 'config://app' }
    const misreadUrl = `${await mount(createMcpRouter(misread))}/mcp`
    expect((await rpc(misreadUrl, 'resources/list')).json.result.resources).toEqual([
      { name: 'config://app', uri: 'Application configuration' },
    ])
    expect((await rpc(misreadUrl, 'resources/read', params)).json.error).toBeDefined()

    const server = new Class({ name: 'my-server', version: '1.0.0' })
    server.resource('Application configuration', 'config://app', { mimeType: 'application/json' }, read)
    const url = `${await mount(createMcpRouter(server))}/mcp`
    expect((await rpc(url, 'resources/read', params)).json.result).toEqual(await read())
  })

  it('26: an app with CORS and routes of its own', async () => {
    const started = catchListening()

    const app = new App()
    app.use(cors())
    app.use(bodyParser())

    // Health check endpoint
    const healthRouter = new Router()
    healthRouter.get('/health', (ctx) => {
      ctx.body = { status: 'ok' }
    })

    // MCP endpoint
    const mcpRouter = createMcpRouter(mcpServer)

    app.use(healthRouter.routes())
    app.use(mcpRouter.routes())

    app.listen(3000)

    const url = await originOf(started)
    const health = await fetch(`${url}/health`, { headers: { origin: 'https://page.example.com' } })
    expect([await health.json(), health.headers.get('access-control-allow-origin')]).toEqual([
      { status: 'ok' },
      '*',
    ])
    expect((await rpc(`${url}/mcp`, 'ping')).status).toBe(200)
  })
})

it('27: is tested with supertest', async () => {
  const token = 'good'
  const verifyToken = async (sent: string) => sent === token && { sub: 'ann' }
  mcpServer.registerTool('my-tool', {}, async () => ({ content: [] }))
  const app = new App()
  app.use(bodyParser())
  app.use(createMcpRouter(mcpServer, { auth: { verifyToken } }).routes())

  const res = await request(app.callback())
    .post('/mcp')
    .set('Content-Type', 'application/json')
    .set('Accept', 'application/json, text/event-stream')
    .send({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: {
        protocolVersion: '2025-06-18',
        capabilities: {},
        clientInfo: { name: 'test', version: '1.0.0' },
      },
    })

  expect(res.status).toBe(200)
  // Stateless mode (default): no session header is issued.
  // Stateful mode (sessionIdGenerator set): assert the header instead.
  expect(res.headers['mcp-session-id']).toBeUndefined()

  // A tool call carries identity through the Authorization header, not a session.
  const call = await request(app.callback())
    .post('/mcp')
    .set('Content-Type', 'application/json')
    .set('Accept', 'application/json, text/event-stream')
    .set('Authorization', `Bearer ${token}`)
    .send({
      jsonrpc: '2.0',
      id: 2,
      method: 'tools/call',
      params: { name: 'my-tool', arguments: {} },
    })

  expect(call.status).toBe(200)
  expect(call.body.result).toEqual({ content: [] })
})

it('28: asks for a token at once with publicMethods: []', async () => {
  const resourceMetadataUrl = 'https://mcp.example.com/.well-known/oauth-protected-resource'
  const auth = { verifyToken: () => null, publicMethods: [], resourceMetadataUrl }
  const refused = await rpc(`${await mount(createMcpRouter(mcpServer, { auth }))}/mcp`, 'initialize')
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
    401,
    `Bearer resource_metadata="${resourceMetadataUrl}"`,
  ])
  expect(console.warn).not.toHaveBeenCalled()
})

it('29: runs on Lambda', async () => {
  const mcpServer = new McpServer({ name: 'my-mcp-server', version: '1.0.0' })

  mcpServer.registerTool(
    'get-weather',
    {
      description: 'Get weather for a location',
      inputSchema: { location: z.string() },
    },
    async ({ location }) => ({
      content: [{ type: 'text', text: `Weather in ${location}: Sunny` }],
    }),
  )

  const app = new App()
  app.use(bodyParser())
  // Stateless by default — no sessionIdGenerator
  app.use(createMcpRouter(mcpServer).routes())

  const handler = toLambdaHandler(app)

  const invoke = async (method: string, params: object, headers: Record<string, string> = {}) => {
    const result = await handler({
      version: '2.0',
      rawPath: '/mcp',
      rawQueryString: '',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
      requestContext: {
        domainName: 'x.lambda-url.eu-west-1.on.aws',
        http: { method: 'POST', sourceIp: '192.0.2.1' },
      },
    })
    return { status: result.statusCode, ...JSON.parse(result.body) }
  }
  expect(await invoke('tools/call', { name: 'get-weather', arguments: { location: 'Rome' } })).toMatchObject({
    status: 200,
    result: { content: [{ type: 'text', text: 'Weather in Rome: Sunny' }] },
  })
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'client', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const listening = await invoke(
    'subscriptions/listen',
    { notifications: { toolsListChanged: true }, _meta },
    { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen' },
  )
  expect(listening).toMatchObject({ status: 404, error: { message: 'Answers are not streamed here' } })
})
