import { createMcpHandler } from '@portico-mcp/core'
import { withRateLimit } from '@portico-mcp/guard'
import { authorizerAuthInfo, toLambdaHandler } from '@portico-mcp/lambda'
import { sessions, signedHandles } from '@portico-mcp/sessions'
import App from 'koa'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { toKoaHandler } from '../index.ts'
import { closeAll, rpc, serve, toolText } from '../testing/serve.ts'
import { createGatedToolRegistrar, createMcpRouter, getIdentity, McpServer } from './index.ts'

const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
afterEach(closeAll)

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const carts = signedHandles({ purpose: 'cart', keys: ['k'.repeat(32)] })
const says = (value: unknown) => ({ content: [{ type: 'text' as const, text: JSON.stringify(value) }] })

function build(): McpServer {
  const server = new McpServer({ name: 'callers', version: '1.0.0' })
  let count = 0
  server.registerTool('count', {}, async () => says(++count))
  server.registerTool('whoami', {}, async () => says(getIdentity()))
  server.registerTool('open', {}, async (extra) => says(await carts.create({ x: 1 }, extra)))
  server.registerTool('look', { inputSchema: { cart: z.string() } }, async ({ cart }, extra) =>
    says((await carts.read(cart, extra)) ?? 'none'),
  )
  const { register } = createGatedToolRegistrar({ server })
  register({ name: 'mine', description: 'Whose', method: ({ userId }) => userId })
  register({ name: 'scoped', description: 'With a', requiredScope: 'a', method: () => 'granted' })
  return server
}

const tool = async (url: string, name: string, headers: Record<string, string>, args = {}) =>
  JSON.parse(await toolText(url, name, args, headers))

/** Opens a session, and gives the headers of requests in it. */
async function openSession(url: string, headers: Record<string, string>): Promise<string> {
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'c', version: '1' } }
  const opened = await rpc(url, 'initialize', params, headers)
  expect(opened.status).toBe(200)
  return opened.headers.get('mcp-session-id') as string
}

/** What one caller sees of another's: its session, its handle, its rate limit. */
async function meets(url: string, limited: string, one: object, other: object) {
  const a = one as Record<string, string>
  const b = other as Record<string, string>
  const id = await openSession(url, a)
  const inSession = await rpc(url, 'tools/call', { name: 'count' }, { ...b, 'mcp-session-id': id })
  const cart = await tool(url, 'open', { ...a, 'mcp-session-id': id })
  const theirs = await openSession(url, b)
  const read = await tool(url, 'look', { ...b, 'mcp-session-id': theirs }, { cart })
  const statuses = [await rpc(limited, 'ping', {}, a), await rpc(limited, 'ping', {}, b)].map(
    ({ status }) => status,
  )
  return { session: inSession.status, handle: read, limits: statuses }
}

const STRANGERS = { session: 404, handle: 'none', limits: [200, 200] }
const THE_SAME = { session: 200, handle: { x: 1 }, limits: [200, 429] }

async function mount(verifyToken: (token: string) => unknown): Promise<{ url: string; limited: string }> {
  const auth = { verifyToken, publicMethods: [] }
  const app = new App()
  app.use(createMcpRouter(build, { auth, sessions: sessions() }).routes())
  const { withAuth } = await import('@portico-mcp/auth')
  const verifier = {
    verifyAccessToken: async (token: string) => verifyToken(token) as never,
  }
  const behind = withRateLimit(createMcpHandler(build), { capacity: 1, refillPerSecond: 0.001 })
  const second = new App().use(toKoaHandler(withAuth(behind, { verifier, requireExpiry: false })))
  return { url: `${await serve(app)}/mcp`, limited: `${await serve(second)}/mcp` }
}

// a token is the name of its owner, and a letter that tells its tokens apart
const ownerOf = (token: string): string => token.split('.')[0] as string

const NAMED: [string, (owner: string) => unknown, object, string][] = [
  [
    'a sub',
    (owner) => ({ sub: owner, scope: 'a b' }),
    { id: 'ann', clientId: 'ann', scopes: ['a', 'b'] },
    'ann',
  ],
  ['an id', (owner) => ({ id: owner, email: 'e' }), { id: 'ann', email: 'e', scopes: [] }, 'ann'],
  [
    'a userId',
    (owner) => ({ userId: owner, scopes: ['a'] }),
    { id: 'ann', userId: 'ann', scopes: ['a'] },
    'ann',
  ],
  ['a number as sub', (owner) => ({ sub: owner.length }), { id: '3', sub: 3 }, '3'],
  ['a number as id', (owner) => ({ id: owner.length }), { id: 3 }, '3'],
  [
    'members called as the derived ones',
    (owner) => ({ sub: owner, id: 42, clientId: 'mine', scopes: 'a b', userId: 'u-1' }),
    { sub: 'ann', id: 42, clientId: 'mine', scopes: ['a', 'b'], userId: 'u-1' },
    'u-1',
  ],
]

describe('what verifyToken answers', () => {
  it.each(NAMED)('keeps its members and tells callers apart: %s', async (_, payload, identity, userId) => {
    const { url, limited } = await mount((token) => payload(ownerOf(token)))
    const headers = bearer('ann.1')
    expect(
      await tool(url, 'whoami', { ...headers, 'mcp-session-id': await openSession(url, headers) }),
    ).toMatchObject(identity)
    expect(await tool(url, 'mine', { ...headers, 'mcp-session-id': await openSession(url, headers) })).toBe(
      userId,
    )
    expect(await meets(url, limited, bearer('ann.1'), bearer('bobby.1'))).toEqual(STRANGERS)
  })

  it.each(NAMED)('knows a caller with another token: %s', async (_, payload) => {
    const { url, limited } = await mount((token) => payload(ownerOf(token)))
    expect(await meets(url, limited, bearer('ann.1'), bearer('ann.2'))).toEqual(THE_SAME)
  })

  it.each<[string, (owner: string) => unknown]>([
    ['an e-mail address', (owner) => ({ email: `${owner}@example.com` })],
    ['an empty sub', () => ({ sub: '', scope: 'a' })],
    ['a sub and userId of null', () => ({ sub: null, userId: null })],
    ['an empty object', () => ({})],
  ])('that names nobody makes another caller of each token: %s', async (_, payload) => {
    const { url, limited } = await mount((token) => payload(ownerOf(token)))
    expect(await meets(url, limited, bearer('ann.1'), bearer('bob.1'))).toEqual(STRANGERS)
    const ids = await Promise.all(
      ['ann.1', 'bob.1'].map(async (token) => {
        const id = await openSession(url, bearer(token))
        return tool(url, 'mine', { ...bearer(token), 'mcp-session-id': id })
      }),
    )
    expect(ids).toEqual([expect.stringMatching(/^token:/), expect.stringMatching(/^token:/)])
    expect(ids[0]).not.toBe(ids[1])
    expect(warn.mock.calls.flat().join()).toContain('Let the verifier return sub')
  })

  it('grants scopes to gated tools wherever it has them', async () => {
    for (const scopes of [{ scope: 'a' }, { scopes: ['a'] }, { scopes: 'b a' }, { scp: 'a' }]) {
      const { url } = await mount((token) => ({ sub: token, ...scopes }))
      const id = await openSession(url, bearer('ann'))
      expect(await tool(url, 'scoped', { ...bearer('ann'), 'mcp-session-id': id })).toBe('granted')
    }
  })
})

describe('claims that a middleware of another package leaves', () => {
  const inState = (auth: (owner: string) => unknown) => {
    const handler = createMcpHandler(build, { legacy: sessions() })
    const app = new App()
    app.use((ctx, next) => {
      ctx.state.auth = auth(ownerOf(ctx.get('authorization').slice(7)))
      return next()
    })
    return serve(app.use(toKoaHandler(handler)))
  }

  it('in ctx.state.auth tell callers apart, and reach getIdentity()', async () => {
    const url = await inState((owner) => ({ sub: owner, iss: 'https://i' }))
    const id = await openSession(url, bearer('ann'))
    const headers = { ...bearer('ann'), 'mcp-session-id': id }
    expect(await tool(url, 'whoami', headers)).toMatchObject({ id: 'ann', sub: 'ann', iss: 'https://i' })
    expect((await rpc(url, 'ping', {}, { ...headers, ...bearer('bob') })).status).toBe(404)
  })

  it.each([[{}], [{ scope: 'a' }], [{ user: 'admin', password: 'p' }], ['ann']])(
    'that name nobody are a 500, not a shared identity: %j',
    async (auth) => {
      const url = await inState(() => auth)
      expect((await rpc(url, 'ping', {}, bearer('ann'))).status).toBe(500)
    },
  )
})

describe('an authorizer of API Gateway', () => {
  const handler = toLambdaHandler(createMcpHandler(build), {
    authInfo: authorizerAuthInfo,
    onerror: () => {},
  })
  const invoke = async (authorizer: object | undefined, authorization?: string) => {
    const event = {
      version: '2.0',
      rawPath: '/mcp',
      rawQueryString: '',
      headers: { 'content-type': 'application/json', host: 'x', ...(authorization && { authorization }) },
      requestContext: {
        http: { method: 'POST', path: '/mcp', sourceIp: '192.0.2.1' },
        ...(authorizer && { authorizer }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'open' } }),
      isBase64Encoded: false,
    }
    const { statusCode, body } = (await handler(event as never, {} as never)) as any
    return {
      statusCode,
      handle: JSON.parse(body).result && JSON.parse(JSON.parse(body).result.content[0].text),
    }
  }
  const subjectOf = (handle: string) => JSON.parse(atob(handle.split('.')[1] as string)).sub as string

  it.each<[string, object]>([
    ['an empty context', { lambda: {} }],
    ['no context', { lambda: null }],
    ['a context of scopes alone', { lambda: { scope: 'a' } }],
  ])('that passes on nothing makes another caller of each token, or a 500: %s', async (_, authorizer) => {
    const [ann, bob] = [await invoke(authorizer, 'Bearer ann'), await invoke(authorizer, 'Bearer bob')]
    expect([ann.statusCode, bob.statusCode]).toEqual([200, 200])
    expect(subjectOf(ann.handle)).not.toBe(subjectOf(bob.handle))
    expect(subjectOf(ann.handle)).not.toBe('')
    expect((await invoke(authorizer)).statusCode).toBe(500)
    expect((await invoke({ lambda: { client_id: 'app' } })).statusCode).toBe(500)
  })

  it.each<[string, (who: string | number) => object]>([
    ['a userId', (who) => ({ lambda: { userId: who } })],
    ['a principalId', (who) => ({ lambda: { principalId: who } })],
    ['a principal', (who) => ({ principalId: who, integrationLatency: 5 })],
    ['claims', (who) => ({ jwt: { claims: { sub: who, iss: 'https://i' }, scopes: null } })],
  ])('that passes on %s tells callers apart', async (_, authorizer) => {
    const of = async (who: string | number) => subjectOf((await invoke(authorizer(who))).handle)
    expect(await of('ann')).toBe(await of('ann'))
    expect(await of('ann')).not.toBe(await of('bob'))
    expect(await of(7)).not.toBe(await of(8))
  })
})

describe('a router with sessions whose initialize is public', () => {
  const warnings = (auth: object, more: object): string[] => {
    warn.mockClear()
    createMcpRouter(build, { auth: { verifyToken: () => ({ sub: 'a' }), ...auth }, ...more })
    return warn.mock.calls
      .map(([text]) => String(text))
      .filter((text) => text.includes('initialize needs no token'))
  }

  it('warns that its sessions end with the sign-in', () => {
    const sessionIdGenerator = () => crypto.randomUUID()
    expect(warnings({}, { sessionIdGenerator })).toHaveLength(1)
    expect(warnings({ publicMethods: ['initialize'] }, { sessions: sessions() })).toHaveLength(1)
    expect(warnings({ publicMethods: [] }, { sessionIdGenerator })).toEqual([])
    expect(warnings({}, {})).toEqual([])
  })
})
