import { createHash } from 'node:crypto'
import bodyParser from '@koa/bodyparser'
import Router from '@koa/router'
import { Client as ModernClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as SdkTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { McpServer as McpServer2 } from '@modelcontextprotocol/server'
import App from 'koa'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { closeAll, rpc, serve, toolText } from '../testing/serve.ts'
import {
  apiCall,
  createGatedToolRegistrar,
  createMcpRouter,
  getIdentity,
  type McpRouterOptions,
  McpServer,
} from './index.ts'

const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
let mcpServer: McpServer
beforeEach(() => {
  mcpServer = new McpServer({ name: 'my-server', version: '1.0.0' })
})
afterEach(() => {
  closeAll()
  warn.mockClear()
})

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const says = (text: string) => ({ content: [{ type: 'text' as const, text }] })

/** A server behind a router, as an app of one's own has it. */
async function mount(options?: McpRouterOptions): Promise<string> {
  const app = new App()
  app.use(bodyParser())
  app.use(createMcpRouter(mcpServer, options).routes())
  return serve(app)
}

/** An API that says what it was asked. */
const startApi = (): Promise<string> =>
  serve(
    new App().use(bodyParser()).use((ctx) => {
      const { method, url, headers } = ctx
      ctx.body = { method, url, headers, body: ctx.request.body }
    }),
  )

describe('a router', () => {
  it('serves a client of 2026-07-28 between those of the 2025 era', async () => {
    mcpServer.registerTool('hello', {}, async () => says('hello'))
    const url = `${await mount()}/mcp`
    expect(await toolText(url, 'hello')).toBe('hello')
    const client = new ModernClient(
      { name: 'new', version: '1' },
      { versionNegotiation: { mode: { pin: '2026-07-28' } } },
    )
    await client.connect(new StreamableHTTPClientTransport(new URL(url)))
    expect((await client.listTools()).tools).toHaveLength(1)
    await client.close()
    expect(await toolText(url, 'hello')).toBe('hello')
  })

  it('is where it is told to be, with and without a trailing slash', async () => {
    const url = await mount({ path: '/api/mcp', aliases: ['/'] })
    for (const path of ['/api/mcp', '/api/mcp/', '/', '']) {
      expect((await rpc(url + path, 'ping')).status).toBe(200)
    }
    expect((await fetch(`${url}/mcp`, { method: 'POST' })).status).toBe(404)
  })

  it.each(['GET', 'DELETE', 'PUT'])('answers 405 with Allow to %s', async (method) => {
    const response = await fetch(`${await mount()}/mcp`, { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  })

  it('leaves 2025-era clients to what serves sessions', async () => {
    const sessions = {
      create: () => ({ methods: ['GET'] as const, fetch: async () => new Response('a stream') }),
    }
    const stateful = await mount({ sessions })
    expect(await (await fetch(`${stateful}/mcp`)).text()).toBe('a stream')
    const both = { sessions, sessionIdGenerator: () => 'x' }
    expect(() => createMcpRouter(mcpServer, both)).toThrow(TypeError)
  })

  it.each(['a shared server', 'a factory'])('keeps sessions where they are named, of %s', async (what) => {
    const register = (server: McpServer): McpServer => {
      server.registerTool('ask', {}, async () => {
        const { content } = await server.server.elicitInput({
          message: 'Who?',
          requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
        })
        return says(`Hello ${content?.name}`)
      })
      return server
    }
    let sessionCount = 0
    const router = createMcpRouter(
      what === 'a factory'
        ? () => register(new McpServer({ name: 'my-server', version: '1' }))
        : register(mcpServer),
      { sessionIdGenerator: () => `session-${++sessionCount}-${crypto.randomUUID()}` },
    )
    const url = await serve(new App().use(bodyParser()).use(router.routes()))
    const ask = async (name: string): Promise<unknown> => {
      const client = new Client({ name, version: '1' }, { capabilities: { elicitation: {} } })
      client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'accept', content: { name } }))
      const transport = new SdkTransport(new URL(`${url}/mcp`))
      await client.connect(transport)
      expect(transport.sessionId).toMatch(/^session-\d-/)
      const { content } = await client.callTool({ name: 'ask' })
      await transport.terminateSession()
      await client.close()
      return content
    }
    expect(await Promise.all([ask('ann'), ask('bob')])).toEqual([
      says('Hello ann').content,
      says('Hello bob').content,
    ])
    await router.mcp.close()
  })

  it('builds a server for each request where it is given a factory', async () => {
    const app = new App().use(
      createMcpRouter(({ era }) => new McpServer({ name: era, version: '1' }), {
        auth: { verifyToken: (token) => ({ sub: token }), publicMethods: [] },
      }).routes(),
    )
    const url = `${await serve(app)}/mcp`
    expect((await rpc(url, 'ping', {}, bearer('ann'))).status).toBe(200)
  })

  it('shares a server of the 2.x SDK too', async () => {
    const server = new McpServer2({ name: 'two', version: '1' })
    server.registerTool('hello', {}, async () => says('hello'))
    const url = await serve(new App().use(createMcpRouter(server as never).routes()))
    expect(await Promise.all([1, 2].map(() => toolText(`${url}/mcp`, 'hello')))).toEqual(['hello', 'hello'])
  })

  it('can be closed, and announces changes', async () => {
    const router = createMcpRouter(mcpServer)
    const url = await serve(new App().use(router.routes()))
    router.mcp.notify.toolsChanged()
    await router.mcp.close()
    expect((await rpc(`${url}/mcp`, 'ping')).status).toBe(503)
  })
})

describe('an API behind the tools', () => {
  it('gets the headers of the caller, and those of the call before them', async () => {
    const api = await startApi()
    mcpServer.registerTool(
      'list-portfolios',
      { description: 'List all portfolios', inputSchema: {} },
      async () => {
        const data = await apiCall('GET', '/portfolios')
        return { content: [{ type: 'text', text: JSON.stringify(data) }] }
      },
    )
    mcpServer.registerTool('create', {}, async () => {
      const result = await apiCall('POST', '/portfolios', {
        body: { name: 'Growth Fund' },
        headers: { Authorization: 'Bearer fixed-service-token' },
      })
      return says(JSON.stringify(result))
    })
    const url = `${await mount({
      apiBaseUrl: `${api}/api/v1`,
      getApiHeaders: (ctx) => ({
        Authorization: ctx.headers.authorization ?? '',
        'x-api-key': ctx.headers['x-api-key'] as string,
      }),
    })}/mcp`
    const listed = await Promise.all(
      ['ann', 'bob'].map(async (who) => JSON.parse(await toolText(url, 'list-portfolios', {}, bearer(who)))),
    )
    expect(listed.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/api/v1/portfolios', 'Bearer ann'],
      ['/api/v1/portfolios', 'Bearer bob'],
    ])
    const created = JSON.parse(await toolText(url, 'create', {}, { ...bearer('ann'), 'x-api-key': 'key' }))
    expect(created).toMatchObject({
      method: 'POST',
      body: { name: 'Growth Fund' },
      headers: { authorization: 'Bearer fixed-service-token', 'x-api-key': 'key' },
    })
  })

  it('may be any other, which sees nothing of the caller', async () => {
    const other = await startApi()
    mcpServer.registerTool('get-rates', { description: 'Currency rates', inputSchema: {} }, async () => {
      const rates = await apiCall('GET', `${other}/latest`)
      return { content: [{ type: 'text', text: JSON.stringify(rates) }] }
    })
    const url = await mount({
      apiBaseUrl: 'http://127.0.0.1:9/api',
      getApiHeaders: (ctx) => ({ Authorization: ctx.headers.authorization ?? '' }),
    })
    const { headers } = JSON.parse(await toolText(`${url}/mcp`, 'get-rates', {}, bearer('ann')))
    expect(headers).not.toHaveProperty('authorization')
  })

  it('may have headers and parameters for further origins', async () => {
    const [other, stranger] = [await startApi(), await startApi()]
    mcpServer.registerTool('get', { inputSchema: {} }, async () => {
      const answers = [await apiCall('GET', `${other}/a`), await apiCall('GET', `${stranger}/a`)]
      return { content: [{ type: 'text', text: JSON.stringify(answers) }] }
    })
    const url = await mount({
      headerOrigins: [other],
      getApiHeaders: (ctx) => ({ Authorization: ctx.headers.authorization ?? '' }),
      getApiQuery: (ctx) => ({ key: ctx.get('x-key') }),
    })
    const [told, untold] = JSON.parse(
      await toolText(`${url}/mcp`, 'get', {}, { ...bearer('ann'), 'x-key': 'k' }),
    )
    expect([told.url, told.headers.authorization]).toEqual(['/a?key=k', 'Bearer ann'])
    expect([untold.url, untold.headers.authorization]).toEqual(['/a', undefined])
  })

  it('is behind the gate: headers are asked for callers only, and a throw says nothing', async () => {
    const getApiHeaders = vi.fn(() => {
      throw new Error('a secret')
    })
    const auth = { verifyToken: () => ({ sub: 'ann' }), publicMethods: [] }
    const url = `${await mount({ getApiHeaders, auth })}/mcp`
    expect((await rpc(url, 'tools/call', { name: 'x' })).status).toBe(401)
    expect(getApiHeaders).not.toHaveBeenCalled()
    const failed = await rpc(url, 'tools/call', { name: 'x' }, bearer('ann'))
    expect(failed).toMatchObject({
      status: 500,
      json: { error: { code: -32603, message: 'Internal error' } },
    })
  })
})

describe('auth', () => {
  const db = { 'ann-key': { userId: 'ann', scopes: ['mcp:access', 'admin'] } }
  const verifyToken = async (token: string) => {
    const record = db[token as keyof typeof db]
    if (!record) throw new Error('Invalid API key')
    return { sub: record.userId, scope: record.scopes.join(' '), email: 'ann@example.com' }
  }
  const withIdentity = () =>
    mcpServer.registerTool(
      'get-profile',
      { description: "Return the caller's profile", inputSchema: {} },
      async () => {
        const identity = getIdentity<{ sub: string; email: string }>()
        return { content: [{ type: 'text', text: `Hello, ${identity?.email}` }] }
      },
    )
  const calling = { name: 'get-profile', arguments: {} }

  it('needs a verifier, and names both', () => {
    expect(() => createMcpRouter(mcpServer, { auth: {} })).toThrow(/cognitoUserPool.*verifyToken/)
  })

  it('tells tools who calls', async () => {
    withIdentity()
    const url = `${await mount({ auth: { verifyToken } })}/mcp`
    expect(await toolText(url, 'get-profile', {}, { authorization: 'bearer ann-key' })).toBe(
      'Hello, ann@example.com',
    )
    const refused = await rpc(url, 'tools/call', calling, bearer('nobody'))
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('Bearer error="invalid_token"'),
    ])
    expect(JSON.stringify(refused.json)).not.toContain('Invalid API key')
    expect((await rpc(url, 'tools/call', calling)).status).toBe(401)
  })

  it.each<[string, unknown, number]>([
    ['nothing', undefined, 401],
    ['an end that is over', { exp: 1 }, 401],
    ['a name', 'ann', 200],
    ['true', true, 200],
  ])('takes %s from the verifier', async (_, payload, status) => {
    const url = `${await mount({ auth: { verifyToken: () => payload } })}/mcp`
    expect((await rpc(url, 'tools/call', { name: 'none' }, bearer('x'))).status).toBe(status)
  })

  it('does not take tokens of a user pool that are none', async () => {
    const cognitoUserPool = {
      userPoolId: 'us-east-1_Example1',
      clientId: 'client',
      tokenUse: 'access' as const,
    }
    const url = `${await mount({ auth: { cognitoUserPool, requiredScopes: ['mcp:access'], verifyToken } })}/mcp`
    expect((await rpc(url, 'tools/call', calling, bearer('ann-key'))).status).toBe(401)
    expect(() =>
      createMcpRouter(mcpServer, { auth: { cognitoUserPool: { userPoolId: '...', clientId: '' } } }),
    ).toThrow(/userPoolId/)
  })

  it.each<[unknown, number]>([
    [{ scope: 'mcp:access other' }, 200],
    [{ scopes: ['mcp:access'] }, 200],
    [{ scope: 'other' }, 403],
    [{}, 403],
  ])('demands scopes of the router: %j', async (payload, status) => {
    const auth = { verifyToken: () => payload, requiredScopes: ['mcp:access'] }
    const answer = await rpc(`${await mount({ auth })}/mcp`, 'tools/call', { name: 'none' }, bearer('x'))
    expect(answer.status).toBe(status)
    if (status === 403) expect(answer.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
  })

  it.each<[string | string[], number]>([
    ['https://mcp.example.com', 200],
    [['urn:other', 'urn:notes'], 200],
    ['urn:other', 401],
  ])('takes tokens for %j', async (resourceIndicator, status) => {
    const verifyToken = () => ({ aud: ['https://mcp.example.com', 'urn:notes'] })
    const url = `${await mount({ auth: { verifyToken, resourceIndicator } })}/mcp`
    expect((await rpc(url, 'tools/call', { name: 'none' }, bearer('x'))).status).toBe(status)
  })

  it('leaves discovery open, and warns of it', async () => {
    withIdentity()
    const url = `${await mount({ auth: { verifyToken } })}/mcp`
    expect(warn).toHaveBeenCalledTimes(1)
    const params = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 't', version: '1' },
    }
    expect((await rpc(url, 'initialize', params)).status).toBe(200)
    expect((await rpc(url, 'tools/list')).status).toBe(200)
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(401)
  })

  it('serves metadata of the endpoint to everyone, an alias at the root or not', async () => {
    const url = await mount({
      path: '/mcp',
      aliases: ['/'],
      auth: {
        verifyToken,
        publicMethods: [],
        resourceServerUrl: 'https://mcp.example.com/',
        authorizationServerUrl: 'https://auth.example.com',
      },
    })
    for (const path of ['', '/mcp']) {
      const response = await fetch(`${url}/.well-known/oauth-protected-resource${path}`)
      expect(await response.json()).toMatchObject({
        resource: 'https://mcp.example.com/mcp',
        authorization_servers: ['https://auth.example.com'],
      })
    }
    for (const path of ['/', '/mcp']) {
      const refused = await rpc(url + path, 'ping')
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
        401,
        'Bearer resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"',
      ])
    }
  })

  it('leaves the document of an authorization server beside it to that', async () => {
    const auth = {
      verifyToken,
      resourceServerUrl: 'https://mcp.example.com',
      authorizationServerUrl: 'https://mcp.example.com',
    }
    const documents = new Router().get('/.well-known/oauth-authorization-server', (ctx) => {
      ctx.body = { issuer: 'https://mcp.example.com' }
    })
    const app = new App().use(createMcpRouter(mcpServer, { auth }).routes()).use(documents.routes())
    const response = await fetch(`${await serve(app)}/.well-known/oauth-authorization-server`)
    expect(await response.json()).toEqual({ issuer: 'https://mcp.example.com' })
  })
})

describe('gated tools', () => {
  it('know each caller by itself', async () => {
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8)
    const onError = vi.fn()
    const { register } = createGatedToolRegistrar({
      server: mcpServer,
      resolveIdentity: () => {
        const jwt = getIdentity<{ sub: string; scope: string }>()
        const scopes = jwt?.scope?.split(' ') ?? []
        return { userId: jwt!.sub, scopes }
      },
      buildContext: ({ identity }) => ({ tenantId: sha256(identity.userId) }),
      onError,
    })
    register({
      name: 'list-campaigns',
      description: 'List all ad campaigns for the caller.',
      requiredScope: 'campaigns:read',
      inputSchema: { limit: z.number().optional() },
      method: async ({ userId, tenantId, limit }) => [userId, tenantId, limit],
    })
    const verifyToken = (sub: string) => ({ sub, scope: sub === 'bob' ? 'other' : 'campaigns:read' })
    const url = `${await mount({ auth: { verifyToken, publicMethods: [] } })}/mcp`
    const called = await Promise.all(
      ['ann', 'eve'].map((who) => toolText(url, 'list-campaigns', { limit: 2 }, bearer(who))),
    )
    expect(called.map((text) => JSON.parse(text))).toEqual([
      ['ann', sha256('ann'), 2],
      ['eve', sha256('eve'), 2],
    ])
    expect(await toolText(url, 'list-campaigns', {}, bearer('bob'))).toContain('campaigns:read')
    expect((await rpc(url, 'tools/list', {}, bearer('bob'))).json.result.tools).toEqual([])
    expect((await rpc(url, 'tools/list', {}, bearer('ann'))).json.result.tools).toHaveLength(1)
  })
})
