import { InMemorySessionStore } from '@portico-mcp/sessions'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type OAuthServer, type OAuthServerRefusal, type OAuthStore, oidc } from './index.ts'
import { createServer, isAccepted, postForm, readError, refreshWith } from './testing/flow.ts'
import { createStubProvider, signInAtStub } from './testing/stub-provider.ts'

const upstreamTokenOf = async (server: OAuthServer, accessToken: string) =>
  server.upstreamToken(await server.verifier.verifyAccessToken(accessToken))

const realTimeout = globalThis.setTimeout
// what the cryptography of the runtime does is not on the clock that is faked
const settle = (ms = 10) => new Promise((resolve) => realTimeout(resolve, ms))

/** Lets time pass, and everything that waits for it go on. */
async function pass(ms: number): Promise<void> {
  await settle(50)
  for (let passed = 0; passed < ms; passed += 500) {
    await vi.advanceTimersByTimeAsync(500)
    await settle()
  }
  await settle(50)
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

describe('a provider that is slow to renew', () => {
  it.each<[what: string, delays: object, document: 'oidc' | 'oauth']>([
    ['to give its second document', { oidc: 9500, oauth: 9000, token: 2000 }, 'oauth'],
    ['to give its only document', { oidc: 9900, token: 9900 }, 'oidc'],
    ['to do anything', { oidc: 60_000, oauth: 60_000, token: 60_000 }, 'oidc'],
  ])('%s: its refresh token is used once at most while it may be on its way', async (_, delays, document) => {
    const stub = createStubProvider()
    const store = new InMemorySessionStore()
    const { tokens } = await signInAtStub(stub.createNode({ store }))
    await vi.advanceTimersByTimeAsync(61_000)
    // a node that has just started has no document yet
    const node = stub.createNode({ store, tokenTTL: 600 })
    Object.assign(stub.delays, delays)
    stub.document = document
    const first = upstreamTokenOf(node, tokens.access_token)
    await pass(9000)
    const second = upstreamTokenOf(node, tokens.access_token)
    await pass(7500)
    const third = upstreamTokenOf(node, tokens.access_token)
    await pass(30_000)
    for (const token of await Promise.all([first, second, third])) expect(token).toMatch(/^UP[123]$/)
    expect(new Set(stub.used).size).toBe(stub.used.length)
    expect(await isAccepted(node, tokens.access_token)).toBe(true)
  })

  it('to answer: its refresh token is not used again while the provider may still take it', async () => {
    const stub = createStubProvider()
    const node = stub.createNode()
    const { tokens } = await signInAtStub(node)
    await vi.advanceTimersByTimeAsync(61_000)
    stub.delays.token = 14_000
    const first = upstreamTokenOf(node, tokens.access_token)
    await vi.waitUntil(() => stub.used.length === 1, { timeout: 20_000 })
    await pass(11_000)
    const second = upstreamTokenOf(node, tokens.access_token)
    await pass(2000)
    expect([await first, stub.used]).toEqual(['UP1', ['UR1']])
    await pass(10_000)
    expect([await second, stub.used]).toEqual(['UP1', ['UR1']])
  })

  it('is asked again when it is quick again, and signs nobody out', async () => {
    const stub = createStubProvider()
    const store = new InMemorySessionStore()
    const { tokens } = await signInAtStub(stub.createNode({ store }))
    await vi.advanceTimersByTimeAsync(61_000)
    const node = stub.createNode({ store })
    Object.assign(stub.delays, { oidc: 9500, oauth: 9000 })
    stub.document = 'oauth'
    const slow = upstreamTokenOf(node, tokens.access_token)
    await pass(20_000)
    expect([await slow, stub.used]).toEqual(['UP1', []])
    Object.assign(stub.delays, { oidc: 0, oauth: 0 })
    expect(await upstreamTokenOf(node, tokens.access_token)).toBe('UP2')
  })
})

it('takes the tokens of another node where both used the refresh token, and ends nothing', async () => {
  const stub = createStubProvider()
  const store = new InMemorySessionStore()
  // leases that one node does not see of the other, as where one was over
  const apart = (node: string): OAuthStore => {
    const idOf = (id: string) => (id.startsWith('oauth-taken-upstream') ? `${node}-${id}` : id)
    return {
      createSession: (id, ...rest) => store.createSession(idOf(id), ...rest),
      getSession: (id) => store.getSession(idOf(id)),
      updateSession: (id, changes) => store.updateSession(idOf(id), changes),
      deleteSession: (id) => store.deleteSession(idOf(id)),
      touchSession: (id, ttlMs) => store.touchSession(idOf(id), ttlMs),
      sessionExists: (id) => store.sessionExists(idOf(id)),
    }
  }
  const nodes = ['a', 'b'].map((name) => stub.createNode({ store: apart(name) }))
  const { tokens } = await signInAtStub(nodes[0]!)
  await vi.advanceTimersByTimeAsync(61_000)
  Object.assign(stub.delays, { token: 300, refused: 600 })
  const answers = nodes.map((node) => upstreamTokenOf(node, tokens.access_token))
  await pass(2000)
  expect(await Promise.all(answers)).toEqual(['UP2', 'UP2'])
  expect(stub.used).toEqual(['UR1', 'UR1'])
  expect(await isAccepted(nodes[0]!, tokens.access_token)).toBe(true)
})

describe('the ID token of a renewal (OpenID Connect Core 12.2)', () => {
  async function renewWith(claims: Record<string, unknown> | undefined) {
    const stub = createStubProvider()
    const refusals: OAuthServerRefusal[] = []
    const node = stub.createNode({ onerror: (error) => refusals.push(error as OAuthServerRefusal) })
    const { tokens, clientId } = await signInAtStub(node)
    await vi.advanceTimersByTimeAsync(61_000)
    stub.renewedClaims = claims
    const token = await upstreamTokenOf(node, tokens.access_token)
    return { node, tokens, clientId, token, refusals }
  }

  it.each<[whose: string, claims: Record<string, unknown>]>([
    ['another user', { sub: 'bob' }],
    ['another issuer', { iss: 'https://evil.example' }],
    ['another client', { aud: 'another' }],
    ['another user of another issuer', { iss: 'https://evil.example', sub: 'bob' }],
  ])('ends the grant where it is of %s', async (_, claims) => {
    const { node, tokens, clientId, token, refusals } = await renewWith(claims)
    expect(token).toBeUndefined()
    expect(refusals).toMatchObject([{ reason: 'upstream-failed' }])
    expect(await isAccepted(node, tokens.access_token)).toBe(false)
    expect(await readError(await refreshWith(node, clientId, tokens.refresh_token))).toBe('invalid_grant')
  })

  it.each<[what: string, claims: Record<string, unknown> | undefined]>([
    ['is of the same user', { auth_time: 1 }],
    ['is left out', undefined],
  ])('gives the new tokens where it %s', async (_, claims) => {
    const { node, tokens, token } = await renewWith(claims)
    expect(token).toBe('UP2')
    expect(await isAccepted(node, tokens.access_token)).toBe(true)
  })

  it('is compared with the sign-in at every renewal, also after one without', async () => {
    const { node, tokens, clientId } = await renewWith(undefined)
    const next = (await (await refreshWith(node, clientId, tokens.refresh_token)).json()) as any
    expect(await upstreamTokenOf(node, next.access_token)).toBe('UP2')
  })
})

describe('the end of a sign-in at the provider (RFC 7009)', () => {
  async function start(options: Parameters<ReturnType<typeof createStubProvider>['createNode']>[0] = {}) {
    const stub = createStubProvider()
    const refusals: OAuthServerRefusal[] = []
    const node = stub.createNode({
      onerror: (error) => refusals.push(error as OAuthServerRefusal),
      ...options,
    })
    const { tokens, clientId } = await signInAtStub(node)
    const revoke = (token = tokens.refresh_token) => postForm(node, 'revoke', { client_id: clientId, token })
    return { stub, node, tokens, clientId, revoke, refusals }
  }

  it.each(['refresh_token', 'access_token'] as const)('comes with the revocation of the %s', async (name) => {
    const { stub, tokens, revoke } = await start()
    expect((await revoke(tokens[name])).status).toBe(200)
    expect(stub.revoked.map((body) => Object.fromEntries(body))).toEqual([
      { token: 'UR1', token_type_hint: 'refresh_token' },
    ])
  })

  it('comes with a refresh token that is used again', async () => {
    const { stub, node, tokens, clientId } = await start({ refreshGracePeriodSeconds: 0 })
    await refreshWith(node, clientId, tokens.refresh_token)
    expect(await readError(await refreshWith(node, clientId, tokens.refresh_token))).toBe('invalid_grant')
    expect(stub.revoked.map((body) => body.get('token'))).toEqual(['UR1'])
  })

  it('comes with a client that is no longer allowed', async () => {
    let isAllowed = true
    const { stub, node, tokens, clientId } = await start({ allowClient: () => isAllowed })
    isAllowed = false
    expect((await refreshWith(node, clientId, tokens.refresh_token)).status).toBe(400)
    expect(stub.revoked).toHaveLength(1)
  })

  it('does not come where nothing was ended here', async () => {
    const { stub, node, tokens, revoke } = await start()
    expect((await revoke('x')).status).toBe(200)
    expect(stub.revoked).toEqual([])
    expect(await isAccepted(node, tokens.access_token)).toBe(true)
  })

  it('does not come where the provider itself has ended it', async () => {
    const { stub, node, tokens } = await start()
    stub.forget()
    await vi.advanceTimersByTimeAsync(61_000)
    expect(await upstreamTokenOf(node, tokens.access_token)).toBeUndefined()
    expect(await isAccepted(node, tokens.access_token)).toBe(false)
    expect([stub.used, stub.revoked]).toEqual([['UR1'], []])
  })

  it('is not asked for where revocationEndpoint is false', async () => {
    const { stub, revoke } = await start({ upstreamProvider: { revocationEndpoint: false } as never })
    expect((await revoke()).status).toBe(200)
    expect(stub.revoked).toEqual([])
  })

  it.each<[what: string, change: object]>([
    ['refuses', { revocationStatus: 503 }],
    ['has no such page', { revocationStatus: 404 }],
  ])('ends here all the same where the provider %s, which is reported', async (_, change) => {
    const { stub, node, tokens, revoke, refusals } = await start()
    Object.assign(stub, change)
    expect((await revoke()).status).toBe(200)
    expect(await isAccepted(node, tokens.access_token)).toBe(false)
    expect(refusals).toMatchObject([{ reason: 'upstream-failed' }])
  })

  it('waits three seconds for the provider', async () => {
    const { stub, revoke, refusals } = await start()
    stub.delays.revocation = 60_000
    const answer = revoke()
    await vi.waitUntil(() => stub.revoked.length === 1, { timeout: 20_000 })
    await pass(3100)
    expect((await answer).status).toBe(200)
    expect(refusals).toMatchObject([{ reason: 'upstream-failed' }])
  })

  it('has no endpoint where nobody may be trusted with tokens', () => {
    const upstreamProvider = {
      ...oidc({ issuer: 'https://id.example.com', clientId: 'portico' }),
      revocationEndpoint: 'http://id.example.com/revoke',
    }
    expect(() => createServer({ upstreamProvider })).toThrow(/revocationEndpoint must be an https URL/)
  })
})
