import { authorized, getIdentity, staticVerifier } from '@portico-mcp/auth'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { jsonSchema, tool } from 'ai'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { apiCall, createGatedToolRegistrar, registerToolFromSchema } from './index.ts'
import { closeServers, json, startApi } from './testing/api.ts'
import { callTool, createMcpRouter } from './testing/router.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  closeServers()
})

const createServer = () => new McpServer({ name: 'my-server', version: '1.0.0' })

/** Has a host of the internet be one of this machine. */
function resolveTo(host: string, origin: string): void {
  const { fetch } = globalThis
  vi.stubGlobal('fetch', (url: URL, init: RequestInit) =>
    fetch(String(url).replace(`https://${host}`, `${origin}/${host}`), init),
  )
}

describe('apiCall', () => {
  it('forwards the bearer token', async () => {
    const api = await startApi(() => json(['Growth Fund']))
    const mcpServer = createServer()
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
      apiBaseUrl: `${api.origin}/api/v1`,
      // Extract the caller's Bearer token and inject it into every apiCall
      getApiHeaders: (ctx) => ({ Authorization: ctx.headers.authorization ?? '' }),
    })
    const result = await callTool(mcpRouter, 'list-portfolios', {}, { authorization: 'Bearer of-ann' })
    expect(result.content).toEqual([{ type: 'text', text: '["Growth Fund"]' }])
    expect(api.last()).toMatchObject({
      url: '/api/v1/portfolios',
      headers: { authorization: 'Bearer of-ann' },
    })
  })

  it('forwards an API key, posts a body, and lets a call say otherwise', async () => {
    const api = await startApi()
    resolveTo('partner.api.com', api.origin)
    const mcpServer = createServer()
    mcpServer.registerTool('all', { inputSchema: {} }, async () => {
      const result = await apiCall('POST', '/portfolios', {
        body: { name: 'Growth Fund' },
      })
      // Context-injected headers are merged; per-call headers take precedence
      const data = await apiCall('GET', 'https://partner.api.com/data', {
        headers: { Authorization: 'Bearer fixed-service-token' },
      })
      return { content: [{ type: 'text', text: JSON.stringify([result, data]) }] }
    })
    const mcpRouter = createMcpRouter(mcpServer, {
      apiBaseUrl: `${api.origin}/api`,
      getApiHeaders: (ctx) => ({
        'x-api-key': ctx.headers['x-api-key'] as string,
      }),
    })
    const result = await callTool(mcpRouter, 'all', {}, { 'x-api-key': 'key' })
    expect(result.content[0].text).toBe('[{},{}]')
    const [posted, partner] = api.received
    expect(posted).toMatchObject({ method: 'POST', url: '/api/portfolios', body: '{"name":"Growth Fund"}' })
    expect(posted!.headers).toMatchObject({ 'x-api-key': 'key', 'content-type': 'application/json' })
    expect(partner).toMatchObject({
      url: '/partner.api.com/data',
      headers: { authorization: 'Bearer fixed-service-token' },
    })
    expect(partner!.headers).not.toHaveProperty('x-api-key')
  })

  it('calls whole URLs, outside of any context', async () => {
    const api = await startApi(() => json({ EUR: 1 }))
    resolveTo('api.exchangerate.host', api.origin)
    const mcpServer = createServer()
    mcpServer.registerTool('get-rates', { description: 'Currency rates', inputSchema: {} }, async () => {
      // Full URL — works entirely outside any context
      const rates = await apiCall('GET', 'https://api.exchangerate.host/latest')
      return { content: [{ type: 'text', text: JSON.stringify(rates) }] }
    })
    const handler = createMcpHandler(() => mcpServer)
    expect((await callTool(handler, 'get-rates')).content[0].text).toBe('{"EUR":1}')
    expect(api.last().url).toBe('/api.exchangerate.host/latest')
  })

  it('names the option where a path has no base', async () => {
    const mcpServer = createServer()
    mcpServer.registerTool('relative', { inputSchema: {} }, async () => {
      await apiCall('GET', '/portfolios')
      return { content: [] }
    })
    const result = await callTool(createMcpRouter(mcpServer), 'relative')
    expect(result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('apiBaseUrl') }],
    })
  })
})

describe('createGatedToolRegistrar', () => {
  const lookupTenant = (userId: string) => `tenant-of-${userId}`
  const fetchCampaigns = vi.fn(async (...args: unknown[]) => args)
  const toggleAdAccount = vi.fn(async (...args: unknown[]) => args)
  const checkSubscriptionGates = vi.fn((_names: string[]) => {})
  const logger = { error: vi.fn() }

  function handlerOf() {
    return authorized(
      createMcpHandler(() => {
        const server = createServer()
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

        register({
          name: 'list-campaigns',
          description: 'List all ad campaigns for the caller.',
          requiredScope: 'campaigns:read',
          inputSchema: { limit: z.number().optional() },
          // biome-ignore lint/correctness/noUnusedFunctionParameters: tools find it there, used or not
          method: async ({ userId, tenantId, limit }) => fetchCampaigns(tenantId, limit),
        })

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
        return server
      }),
      {
        verifier: staticVerifier({
          ann: { clientId: 'app', claims: { sub: 'ann', scope: 'campaigns:read accounts:write' } },
          bob: { clientId: 'app', claims: { sub: 'bob', scope: 'campaigns:read' } },
        }),
      },
    )
  }
  const call = (who: string, name: string, args: Record<string, unknown>) =>
    callTool(handlerOf(), name, args, { authorization: `Bearer ${who}` })

  it('adds the context to the arguments', async () => {
    const result = await call('ann', 'list-campaigns', { limit: 3 })
    expect(result.content[0].text).toBe('["tenant-of-ann",3]')
  })

  it('varies its gates with the arguments', async () => {
    await call('ann', 'activate-ad-account', { accountId: 1, isActive: true })
    expect(checkSubscriptionGates).toHaveBeenLastCalledWith(['mustNotExceedMaxActive', 'mustHaveBudget'])
    await call('ann', 'activate-ad-account', { accountId: 1, isActive: false })
    expect(checkSubscriptionGates).toHaveBeenLastCalledWith(['mustIncludeService'])
    expect(toggleAdAccount).toHaveBeenLastCalledWith('ann', 1, false)
  })

  it('answers a missing scope as a tool error', async () => {
    const result = await call('bob', 'activate-ad-account', { accountId: 1, isActive: true })
    expect(result.isError).toBe(true)
    expect(result.content[0].text).toContain('accounts:write')
  })

  it('tells onError what a method threw', async () => {
    fetchCampaigns.mockRejectedValueOnce(new Error('The database is away'))
    const result = await call('ann', 'list-campaigns', {})
    expect(result).toMatchObject({ isError: true, content: [{ text: 'The database is away' }] })
    expect(logger.error).toHaveBeenCalledWith(
      expect.objectContaining({ handler: 'list-campaigns', userId: 'ann' }),
    )
  })
})

describe('registerToolFromSchema', () => {
  it('registers a tool by a plain JSON Schema', async () => {
    const api = await startApi(() => json({ name: 'Portico' }))
    const server = createServer()

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

    expect(server.toolInputSchemaJson('get-project')).toMatchObject({
      properties: { status: { anyOf: [{ type: 'string' }, { type: 'null' }] } },
    })
    const router = createMcpRouter(server, { apiBaseUrl: api.origin })
    expect((await callTool(router, 'get-project', { id: '7' })).content[0].text).toBe('{"name":"Portico"}')
    expect(api.last().url).toBe('/projects/7')
  })

  it('shares one definition with an agent', async () => {
    const getProjectTool = {
      name: 'get-project',
      description: 'Get a project by ID',
      inputSchema: {
        type: 'object' as const,
        properties: { id: { type: 'string' } },
        required: ['id'],
      },
    }

    const mcpServer = createServer()
    registerToolFromSchema(mcpServer, {
      ...getProjectTool,
      handler: async ({ id }) => ({ content: [{ type: 'text', text: id }] }),
    })

    const agentTool = tool({
      description: getProjectTool.description,
      parameters: jsonSchema(getProjectTool.inputSchema),
      execute: async ({ id }) => id,
    })

    expect(agentTool.parameters.jsonSchema).toEqual(mcpServer.toolInputSchemaJson('get-project'))
    expect((await callTool(createMcpRouter(mcpServer), 'get-project', { id: '7' })).content[0].text).toBe('7')
  })
})
