import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from '../handler.ts'
import { toFetch } from '../http/to-fetch.ts'
import { accept, answersTo, caller } from '../testing/client.ts'
import { ask, legacy, modern } from '../testing/requests.ts'
import { factoryOf } from '../testing/server.ts'
import { createUserKey, identifyPrincipal, readSubject } from './principal.ts'

const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})

/** Two callers whom a host may pass, each under two tokens. */
type Pair = (who: 'a' | 'b', token: string) => unknown

const claims =
  (of: (who: 'a' | 'b') => object): Pair =>
  (who, token) => ({
    token,
    clientId: 'app',
    scopes: [],
    extra: { claims: of(who) },
  })

// whose identity outlives a token
const NAMED: [string, Pair][] = [
  ['sub', claims((who) => ({ sub: who }))],
  ['a number as sub', claims((who) => ({ sub: who === 'a' ? 1 : 2 }))],
  ['zero as sub', claims((who) => ({ sub: who === 'a' ? 0 : 1 }))],
  ['a number as sub that a text is, too', claims((who) => ({ sub: who === 'a' ? 1 : '1' }))],
  ['a bigint as sub', claims((who) => ({ sub: who === 'a' ? 1n : 2n }))],
  ['userId', claims((who) => ({ userId: who }))],
  ['id', claims((who) => ({ id: who === 'a' ? 41 : 42 }))],
  ['userId beside an empty sub', claims((who) => ({ sub: '', userId: who }))],
  ['id beside a sub of null', claims((who) => ({ sub: null, id: who }))],
  ['another member of the same value', claims((who) => (who === 'a' ? { sub: 'x' } : { userId: 'x' }))],
  ['iss', claims((who) => ({ sub: 'x', iss: `https://${who}` }))],
  ['extra', (who, token) => ({ token, clientId: 'app', scopes: [], extra: { sub: who } })],
  [
    'extra beside claims',
    (who, token) => ({ token, clientId: 'app', scopes: [], extra: { claims: { email: 'e' }, userId: who } }),
  ],
  ['a member of its own', (who, token) => ({ token, clientId: 'app', scopes: [], sub: who })],
  ['the client', (who, token) => ({ token, clientId: who, scopes: [], extra: { sub: 'x' } })],
  ['the client alone, of a host without tokens', (who) => ({ token: '', clientId: who, scopes: [] })],
  ['claims as express-jwt leaves them', (who) => ({ iss: 'https://i', sub: who, scope: 'a b', exp: 9e9 })],
  ['claims without an issuer', (who) => ({ userId: who })],
  ['claims beside their token', (who, token) => ({ token, header: {}, payload: { sub: who } })],
  ['claims of a session', (who) => ({ claims: { sub: who } })],
  ['an AuthInfo without scopes', (who, token) => ({ token, clientId: 'app', extra: { sub: who } })],
]

// callers that count as another caller with the next token
const BY_TOKEN: [string, object | undefined][] = [
  ['an empty payload', {}],
  ['an empty sub', { sub: '' }],
  ['a blank sub', { sub: '  ' }],
  ['a sub that is no number', { sub: Number.NaN }],
  ['a sub that was rounded', { sub: JSON.parse('9007199254740993') }],
  ['a sub beyond what is exact', { sub: -1e300 }],
  ['an object as sub', { sub: { id: 1 } }],
  ['only scopes', { scope: 'a' }],
  ['only an issuer', { iss: 'https://i' }],
  ['only a client', { client_id: 'app' }],
  ['no claims', undefined],
]

const factory = factoryOf((mcp) => {
  mcp.registerTool('who', {}, async ({ authInfo }) => ({
    content: [{ type: 'text', text: JSON.stringify(authInfo ?? 'nobody') }],
  }))
  mcp.registerTool('ask', {}, async () => {
    const { action } = await mcp.server.elicitInput({
      message: '?',
      requestedSchema: { type: 'object', properties: {} },
    })
    return { content: [{ type: 'text', text: action }] }
  })
})
const onerror = vi.fn()
const handler = createMcpHandler(factory, { requestState: { keys: ['k'.repeat(32)] }, onerror })

/** Whether the state that one caller got is taken from another. */
async function sharesState(one: unknown, other: unknown): Promise<boolean> {
  const { result } = await caller(handler, { name: 'ask' }, { authInfo: one })()
  const retry = { requestState: result.requestState, inputResponses: answersTo(result, () => accept({})) }
  const answer = await caller(handler, { name: 'ask' }, { authInfo: other })(retry)
  return answer.result !== undefined
}

describe('a caller', () => {
  it.each(NAMED)('is told from another by %s, whatever its token', async (_, pair) => {
    expect(await sharesState(pair('a', 't1'), pair('a', 't2'))).toBe(true)
    expect(await sharesState(pair('a', 't1'), pair('b', 't1'))).toBe(false)
    expect(await sharesState(pair('a', 't1'), undefined)).toBe(false)
  })

  it.each(BY_TOKEN)('of whom nothing is known (%s) is told by its token', async (_, claims) => {
    const of = (token: string) => ({
      token,
      clientId: 'app',
      scopes: [],
      ...(claims && { extra: { claims } }),
    })
    expect(await sharesState(of('t1'), of('t1'))).toBe(true)
    expect(await sharesState(of('t1'), of('t2'))).toBe(false)
    expect(await sharesState(of('t1'), undefined)).toBe(false)
    for (const key of [
      identifyPrincipal(of('secret')),
      readSubject(of('secret')),
      createUserKey(of('secret')),
    ]) {
      expect(key).toMatch(/^token:[0-9a-f]{64}$/)
    }
    const warnings = warn.mock.calls.flat().filter((text) => String(text).includes('return sub'))
    expect(warnings).toHaveLength(1)
  })

  it.each<[string, unknown]>([
    ['an empty object', {}],
    ['an empty AuthInfo', { token: '', clientId: '', scopes: [] }],
    ['an authorizer that passes on nothing', { token: '', clientId: '', scopes: [], extra: { claims: {} } }],
    [
      'an authorizer that passes on a client',
      { token: '', clientId: 'app', scopes: [], extra: { claims: { azp: 'app' } } },
    ],
    ['claims that name no caller', { iss: 'https://i', scope: 'a' }],
    ['what express-basic-auth leaves', { user: 'admin', password: 'hunter2' }],
    ['a session of somebody signed out', { userId: null, sessionId: null }],
    ['a function', () => ({ userId: 'a' })],
    ['a text', 'ann'],
    ['true', true],
    ['false', false],
    ['a list', [{ sub: 'a' }]],
  ])('that the host does not name is refused: %s', async (_, authInfo) => {
    for (const request of [
      modern('tools/call', { params: { name: 'who' } }),
      legacy('tools/call', { name: 'who' }),
    ]) {
      onerror.mockClear()
      const response = await handler.fetch(request, { authInfo: authInfo as never })
      expect(response.status).toBe(500)
      expect(await response.json()).toMatchObject({
        error: { code: -32603, message: 'authInfo does not identify a caller' },
      })
      const [[refusal]] = onerror.mock.calls as any
      expect(refusal.reason).toBe('unidentified-caller')
      expect(refusal.cause.message).toMatch(/^authInfo must be .* of this host, such as .* req\.auth/)
      expect(refusal.cause.message).not.toContain('hunter2')
    }
  })

  it('is anonymous where the host passes nothing', async () => {
    for (const authInfo of [undefined, null]) {
      expect((await caller(handler, { name: 'who' }, { authInfo })()).result).toMatchObject({
        content: [{ text: '"nobody"' }],
      })
    }
  })

  it('of claims reaches handlers as an AuthInfo', async () => {
    const authInfo = { iss: 'https://i', sub: 'ann', azp: 'app', scope: 'a b', exp: 9e9 }
    const { result } = await caller(handler, { name: 'who' }, { authInfo })()
    expect(JSON.parse(result.content[0].text)).toEqual({
      token: '',
      clientId: 'app',
      scopes: ['a', 'b'],
      expiresAt: 9e9,
      extra: { claims: authInfo },
    })
  })

  it('of an AuthInfo reaches handlers as it is', async () => {
    const authInfo = { token: 't', clientId: 'c', scopes: ['a'], extra: { sub: 's', more: { deep: true } } }
    const { result } = await caller(handler, { name: 'who' }, { authInfo })()
    expect(JSON.parse(result.content[0].text)).toEqual(authInfo)
  })
})

describe('fetch', () => {
  const env = {
    authInfo: { token: 't', clientId: 'binding', scopes: [], extra: { sub: 'binding' } },
    parsedBody: { jsonrpc: '2.0', id: 9, method: 'ping' },
    streaming: false,
    responseWriter: 'binding',
    clientAddress: '192.0.2.1',
  }
  const context = { waitUntil: () => {}, passThroughOnException: () => {} }
  const who = (): Request => legacy('tools/call', { name: 'who' })
  const textOf = async (response: Response | Promise<Response>) =>
    ((await (await response).json()) as any).result.content[0].text
  const fetchers: [string, typeof handler.fetch][] = [
    ['of a handler', handler.fetch],
    ['of what stands in front of one', toFetch((request, options) => handler.fetch(request, options))],
  ]

  it.each(fetchers)('%s takes no binding of a Worker for an option', async (_, fetch) => {
    const called = fetch as (...args: unknown[]) => Promise<Response>
    expect(await textOf(called(who(), env, context))).toBe('"nobody"')
    const listening = modern('subscriptions/listen', { params: { notifications: {} } })
    expect((await called(listening, env, context)).headers.get('content-type')).toBe('text/event-stream')
  })

  it.each(fetchers)(
    '%s takes no binding for an option where a wrapper passes the bindings alone',
    async (_, fetch) => {
      const worker = { fetch: (request: Request, env: object) => fetch(request, env) }
      const { authInfo, parsedBody } = env
      for (const bindings of [
        env,
        { authInfo, DATABASE: {} },
        { authInfo, parsedBody, API_KEY: 'secret' },
        { authInfo, responseWriter: { get: () => {}, put: () => {} } },
        { authInfo, streaming: 'false' },
        Object.create({ authInfo, parsedBody }),
        new (class Env {
          authInfo = authInfo
        })(),
        { [Symbol.toStringTag]: 'Env', ...env },
      ]) {
        expect(await textOf(worker.fetch(who(), bindings))).toBe('"nobody"')
      }
    },
  )

  it('says once that an identity among other things is ignored', async () => {
    vi.resetModules()
    const { toFetch } = await import('../http/to-fetch.ts')
    warn.mockClear()
    const seen: unknown[] = []
    const fetch = toFetch((_, options) => seen.push(options)) as (...args: unknown[]) => unknown
    fetch(who(), { DATABASE: {} })
    fetch(who(), env, context)
    expect(warn).not.toHaveBeenCalled()
    for (let time = 0; time < 2; time++) fetch(who(), { authInfo: env.authInfo, userName: 'secret' })
    expect(seen).toEqual([{}, {}, {}, {}])
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn.mock.calls[0]![0]).toContain('userName')
    expect(warn.mock.calls[0]![0]).not.toContain('secret')
  })

  it.each(fetchers)('%s refuses an identity that is none, rather than serve nobody', async (_, fetch) => {
    for (const authInfo of ['ann', 7, [], { name: 'ann' }]) {
      expect((await fetch(who(), { authInfo } as never)).status).toBe(500)
    }
  })

  it.each(fetchers)('%s takes options of no prototype, and those that say nothing', async (_, fetch) => {
    const { authInfo } = env
    const bare = Object.assign(Object.create(null), { authInfo, clientAddress: undefined, streaming: null })
    expect(JSON.parse(await textOf(fetch(who(), bare)))).toEqual(authInfo)
  })

  it.each(fetchers)('%s takes the server of Bun and the connection of Deno for none', async (_, fetch) => {
    const called = fetch as (...args: unknown[]) => Promise<Response>
    for (const second of [
      { port: 3000, hostname: 'x', fetch: () => {}, upgrade: () => true, requestIP: () => null },
      { remoteAddr: { transport: 'tcp', hostname: '192.0.2.1', port: 1 }, completed: Promise.resolve() },
    ]) {
      expect(await textOf(called(who(), second))).toBe('"nobody"')
    }
  })

  it.each(fetchers)('%s takes options that come alone, or with nothing behind', async (_, fetch) => {
    const { authInfo } = env
    const called = fetch as (...args: unknown[]) => Promise<Response>
    expect(JSON.parse(await textOf(fetch(who(), { authInfo })))).toEqual(authInfo)
    expect(JSON.parse(await textOf(called(who(), { authInfo }, undefined)))).toEqual(authInfo)
    expect(
      await ask(handler, who(), { parsedBody: { jsonrpc: '2.0', id: 5, method: 'ping' } }),
    ).toMatchObject({
      id: 5,
      result: {},
    })
  })
})
