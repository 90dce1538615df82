import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type AuthInfo,
  anyOf,
  cacheableVerifier,
  introspectionVerifier,
  jwtVerifier,
  type OAuthError,
  type OAuthTokenVerifier,
  requireBearerAuth,
  scopes,
  staticVerifier,
  type TokenCacheOptions,
  verifyBearerToken,
  withAuth,
} from './index.ts'
import { bearer, createNotes, message, modern, post } from './testing/notes.ts'
import { createSigner, ISSUER, inSeconds, RESOURCE, type Signer } from './testing/tokens.ts'

let signer: Signer
beforeAll(async () => {
  signer = await createSigner()
})
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const pass = (seconds: number) => vi.advanceTimersByTime(seconds * 1000)
const call = (token: string) => modern('tools/call', { name: 'read-note', arguments: {} }, bearer(token))
const legacyCall = (token: string) => post(message('tools/call', { name: 'read-note' }), bearer(token))
const identityOf = async (response: Response) =>
  JSON.parse((await response.json()).result.content[0].text) as { identity: any; extra: AuthInfo }

const jwtOptions = () => ({ issuer: ISSUER, jwks: { keys: [signer.publicJwk] } as never })

/** A gate in front of notes, the reasons of its refusals, and the calls of its verifier. */
function gated(
  verifier: OAuthTokenVerifier = jwtVerifier(jwtOptions()),
  options: Partial<Parameters<typeof withAuth>[1]> = {},
) {
  const reasons: string[] = []
  const notes = createNotes()
  const handler = withAuth(notes.handler, {
    verifier,
    resourceServerUrl: RESOURCE,
    onerror: (error) => reasons.push((error as OAuthError).reason),
    ...options,
  })
  const statusOf = async (token: string) => (await handler.fetch(call(token))).status
  return { handler, reasons, statusOf, seen: notes.seen }
}

/** A verifier that counts; its tokens are good for a minute unless they begin with `bad`. */
function counting(answer: (token: string) => Partial<AuthInfo> = () => ({})) {
  const verifyAccessToken = vi.fn(async (token: string): Promise<AuthInfo> => {
    await new Promise((resolve) => setImmediate(resolve))
    if (token.startsWith('bad')) throw Object.assign(new Error('bad'), { code: 'invalid_token' })
    return {
      token,
      clientId: token,
      scopes: ['notes:read'],
      expiresAt: inSeconds(3600),
      resource: new URL(RESOURCE),
      ...answer(token),
    }
  })
  return { verifyAccessToken }
}

describe('a verified token', () => {
  it('is not verified again, in either era, and gives the same identity', async () => {
    const verify = vi.spyOn(crypto.subtle, 'verify')
    const { handler, seen } = gated()
    const token = await signer.sign({ roles: ['editor'], __proto__: undefined })
    const answers = []
    for (const request of [call(token), call(token), legacyCall(token)]) {
      answers.push(await identityOf(await handler.fetch(request)))
    }
    expect(verify).toHaveBeenCalledTimes(1)
    expect(answers[0]?.extra).toMatchObject({ token, clientId: 'notes-app', resource: RESOURCE })
    expect(answers[0]?.identity).toMatchObject({ id: 'ann', roles: ['editor'] })
    expect(answers[1]).toEqual(answers[0])
    expect(answers[2]).toEqual(answers[0])
    expect(seen[1]).toEqual(seen[0])
  })

  it('is verified once for parallel requests', async () => {
    const verifier = counting()
    const { statusOf } = gated(cacheableVerifier(verifier))
    const statuses = await Promise.all(Array.from({ length: 20 }, (_, i) => statusOf(`t${i % 2}`)))
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(verifier.verifyAccessToken).toHaveBeenCalledTimes(2)
  })

  it('is verified again after a minute, or the time that is set', async () => {
    for (const [tokenCache, seconds] of [
      [undefined, 60],
      [{ maxAgeMs: undefined }, 60],
      [{ maxAgeMs: 5000 }, 5],
    ] as const) {
      const verifier = counting()
      const { statusOf } = gated(cacheableVerifier(verifier), { tokenCache })
      await statusOf('t')
      pass(seconds - 1)
      await statusOf('t')
      expect(verifier.verifyAccessToken).toHaveBeenCalledTimes(1)
      pass(1)
      await statusOf('t')
      expect(verifier.verifyAccessToken).toHaveBeenCalledTimes(2)
    }
  })

  it('counts from the beginning of its verification', async () => {
    const verifier = counting()
    const { verifyAccessToken } = verifier
    const slow = cacheableVerifier({
      verifyAccessToken: async (token: string) => {
        pass(40)
        return verifyAccessToken(token)
      },
    })
    const { statusOf } = gated(slow)
    await statusOf('t')
    pass(20)
    await statusOf('t')
    expect(verifyAccessToken).toHaveBeenCalledTimes(2)
  })

  it('expires while it is remembered', async () => {
    const { statusOf, reasons } = gated()
    const token = await signer.sign({ exp: inSeconds(30) })
    expect(await statusOf(token)).toBe(200)
    pass(29)
    expect(await statusOf(token)).toBe(200)
    pass(2)
    expect(await statusOf(token)).toBe(401)
    expect(reasons).toEqual(['expired'])
  })

  it('is judged by a clock that was set', async () => {
    const verify = vi.spyOn(crypto.subtle, 'verify')
    const { statusOf, reasons } = gated()
    const token = await signer.sign({ nbf: inSeconds(-10), exp: inSeconds(3600) })
    expect(await statusOf(token)).toBe(200)
    vi.setSystemTime(Date.now() - 5000)
    expect(await statusOf(token)).toBe(200)
    expect(verify).toHaveBeenCalledTimes(2)
    vi.setSystemTime(Date.now() - 3_600_000)
    expect(await statusOf(token)).toBe(401)
    vi.setSystemTime(Date.now() + 2 * 3_600_000 + 10_000)
    expect(await statusOf(token)).toBe(401)
    expect(reasons).toEqual(['not-yet-valid', 'expired'])
  })

  it('is verified again each time while its start is within the tolerance', async () => {
    const verify = vi.spyOn(crypto.subtle, 'verify')
    const { statusOf } = gated()
    const token = await signer.sign({ nbf: inSeconds(4) })
    expect([await statusOf(token), await statusOf(token)]).toEqual([200, 200])
    expect(verify).toHaveBeenCalledTimes(2)
    pass(5)
    await statusOf(token)
    expect(verify).toHaveBeenCalledTimes(2)
  })

  it('may go without an expiry, for as long as it is remembered', async () => {
    const verifier = counting(() => ({ expiresAt: undefined }))
    const { statusOf } = gated(cacheableVerifier(verifier), { requireExpiry: false })
    expect([await statusOf('t'), await statusOf('t')]).toEqual([200, 200])
    expect(verifier.verifyAccessToken).toHaveBeenCalledTimes(1)
  })

  it('outlasts a key that is withdrawn by the time that is set, and no longer', async () => {
    const jwks = { keys: [signer.publicJwk] }
    const fetch = async () => Response.json(jwks)
    const verifier = jwtVerifier({
      issuer: ISSUER,
      jwksUri: 'https://auth.example.com/jwks',
      fetch,
      cacheMaxAgeMs: 1000,
      cooldownMs: 0,
    })
    const { statusOf, reasons } = gated(verifier, { tokenCache: { maxAgeMs: 30_000 } })
    const token = await signer.sign({ exp: inSeconds(3600) })
    expect(await statusOf(token)).toBe(200)
    jwks.keys = [(await createSigner('next')).publicJwk]
    pass(29)
    expect(await statusOf(token)).toBe(200)
    pass(1)
    expect(await statusOf(token)).toBe(401)
    expect(reasons).toEqual(['unknown-key'])
  })

  it('has its scopes checked each time', async () => {
    const rules = scopes({ tools: { 'purge-*': ['notes:write'] } })
    const { handler } = gated(undefined, { scopes: rules, requiredScopes: ['notes:read'] })
    const reader = await signer.sign()
    const purge = () => modern('tools/call', { name: 'purge-all', arguments: {} }, bearer(reader))
    const statuses = []
    for (const request of [call(reader), purge(), call(reader), purge()]) {
      statuses.push((await handler.fetch(request)).status)
    }
    expect(statuses).toEqual([200, 403, 200, 403])
  })

  it('is good for no other resource of the same verifier', async () => {
    const verifier = jwtVerifier(jwtOptions())
    const notes = gated(verifier)
    const mail = gated(verifier, { resourceServerUrl: 'https://mail.example.com/mcp' })
    const token = await signer.sign()
    for (let round = 0; round < 2; round++) {
      expect([await mail.statusOf(token), await notes.statusOf(token)]).toEqual([401, 200])
    }
    expect(mail.reasons).toEqual(['wrong-audience', 'wrong-audience'])
  })

  it('is remembered by requireBearerAuth, and not by verifyBearerToken', async () => {
    const verifier = counting()
    const options = { verifier: cacheableVerifier(verifier) }
    const gate = requireBearerAuth(options)
    await gate(call('t'))
    await gate(call('t'))
    expect(verifier.verifyAccessToken).toHaveBeenCalledTimes(1)
    await verifyBearerToken('Bearer t', options)
    await verifyBearerToken('Bearer t', options)
    expect(verifier.verifyAccessToken).toHaveBeenCalledTimes(3)
  })
})

describe('tokens that are remembered', () => {
  it('are bounded; the one that was used least recently is forgotten', async () => {
    const verifier = counting()
    const { statusOf } = gated(cacheableVerifier(verifier), { tokenCache: { maxEntries: 2 } })
    for (const token of ['a', 'b', 'a', 'c', 'a']) await statusOf(token)
    expect(verifier.verifyAccessToken.mock.calls.flat().filter((one) => typeof one === 'string')).toEqual([
      'a',
      'b',
      'c',
    ])
    await statusOf('b')
    expect(verifier.verifyAccessToken).toHaveBeenCalledTimes(4)
  })

  it('are not pushed out by refused ones, which are not remembered', async () => {
    const verifier = counting()
    const { statusOf } = gated(cacheableVerifier(verifier), { tokenCache: { maxEntries: 2 } })
    await statusOf('a')
    await statusOf('b')
    for (let index = 0; index < 50; index++) expect(await statusOf(`bad-${index}`)).toBe(401)
    expect([await statusOf('bad-1'), await statusOf('bad-1')]).toEqual([401, 401])
    expect(verifier.verifyAccessToken).toHaveBeenCalledTimes(54)
    expect([await statusOf('a'), await statusOf('b')]).toEqual([200, 200])
    expect(verifier.verifyAccessToken).toHaveBeenCalledTimes(54)
  })

  it('are refused together where they come together, and judged anew afterwards', async () => {
    let isDown = true
    const verifier = counting(() => {
      if (isDown) throw new Error('down')
      return {}
    })
    const { statusOf } = gated(cacheableVerifier(verifier))
    expect(await Promise.all([statusOf('t'), statusOf('t'), statusOf('t')])).toEqual([500, 500, 500])
    expect(verifier.verifyAccessToken).toHaveBeenCalledTimes(1)
    isDown = false
    expect(await statusOf('t')).toBe(200)
  })

  it('are not those of more than 8192 characters', async () => {
    const verifier = counting()
    const { statusOf } = gated(cacheableVerifier(verifier))
    for (const length of [8192, 8193]) {
      for (let round = 0; round < 2; round++) expect(await statusOf('x'.repeat(length))).toBe(200)
    }
    expect(verifier.verifyAccessToken).toHaveBeenCalledTimes(3)
  })

  it('are none with tokenCache: false', async () => {
    const verifier = counting()
    const { statusOf } = gated(cacheableVerifier(verifier), { tokenCache: false })
    expect([await statusOf('t'), await statusOf('t')]).toEqual([200, 200])
    expect(verifier.verifyAccessToken).toHaveBeenCalledTimes(2)
  })
})

describe('a verifier whose answers are not remembered', () => {
  const asksTwice = async (
    verifier: OAuthTokenVerifier,
    calls: { mock: { calls: unknown[] } },
    token: string,
  ) => {
    const { statusOf } = gated(verifier)
    expect([await statusOf(token), await statusOf(token)]).toEqual([200, 200])
    return calls.mock.calls.length === 2
  }

  it('is one that nobody declared', async () => {
    const verifier = counting()
    expect(await asksTwice(verifier, verifier.verifyAccessToken, 't')).toBe(true)
  })

  it('is a copy of a declared one with a check of its own', async () => {
    const inner = jwtVerifier(jwtOptions())
    const check = vi.fn(inner.verifyAccessToken)
    expect(await asksTwice({ ...inner, verifyAccessToken: check }, check, await signer.sign())).toBe(true)
    const declared = jwtVerifier(jwtOptions())
    const replaced = vi.spyOn(declared, 'verifyAccessToken')
    expect(await asksTwice(declared, replaced, await signer.sign())).toBe(true)
  })

  it.each(['scopesFrom', 'clientIdFrom', 'tenants'])('is one with a function as %s', async (name) => {
    const decide = vi.fn(() => (name === 'tenants' ? true : 'x')) as never
    const issuer = name === 'tenants' ? `${ISSUER}/{tenantid}` : ISSUER
    const claims = name === 'tenants' ? { iss: `${ISSUER}/t1`, tid: 't1' } : {}
    const verifier = jwtVerifier({ ...jwtOptions(), issuer, [name]: decide })
    expect(await asksTwice(verifier, decide, await signer.sign(claims))).toBe(true)
  })

  it('answers with something that cannot be copied', async () => {
    const cyclic: Record<string, unknown> = {}
    cyclic.self = cyclic
    for (const extra of [
      { user: new (class User {})() },
      { load: () => {} },
      { cyclic },
      { at: new Date() },
    ]) {
      const verifier = counting(() => ({ extra }))
      const { verifyAccessToken } = verifier
      expect(await asksTwice(cacheableVerifier(verifier), verifyAccessToken, 't')).toBe(true)
      const { handler, seen } = gated(cacheableVerifier(counting(() => ({ extra: { ...extra } }))))
      await Promise.all([handler.fetch(legacyCall('t')), handler.fetch(legacyCall('t'))])
      const [one, other] = seen as AuthInfo[]
      expect(one?.extra).not.toBe(other?.extra)
    }
  })

  it('asks an introspection endpoint, and so tells a revoked token at once', async () => {
    let active = true
    const fetch = vi.fn(async () =>
      Response.json({ active, sub: 'ann', aud: RESOURCE, exp: inSeconds(3600), scope: 'notes:read' }),
    )
    const introspection = introspectionVerifier({
      introspectionUrl: 'https://auth.example.com/introspect',
      clientId: 'notes',
      clientSecret: 'secret',
      cacheMaxAgeMs: 0,
      fetch: fetch as never,
    })
    const jwt = jwtVerifier(jwtOptions())
    for (const verifier of [introspection, anyOf(introspection, jwt), anyOf(jwt, introspection)]) {
      active = true
      const { statusOf } = gated(verifier)
      expect([await statusOf('opaque'), await statusOf('opaque')]).toEqual([200, 200])
      active = false
      expect(await statusOf('opaque')).toBe(401)
    }
    expect(fetch).toHaveBeenCalledTimes(9)
  })
})

describe('anyOf', () => {
  it('lets answers be remembered by the verifier that gave them', async () => {
    const verify = vi.spyOn(crypto.subtle, 'verify')
    const custom = counting()
    const { verifyAccessToken } = custom
    verifyAccessToken.mockImplementation(async (token) => {
      if (token.split('.').length === 3) throw Object.assign(new Error('no'), { code: 'invalid_token' })
      return { token, clientId: 'c', scopes: [], expiresAt: inSeconds(60), resource: new URL(RESOURCE) }
    })
    const { statusOf } = gated(anyOf(anyOf(custom, jwtVerifier(jwtOptions())), staticVerifier({})))
    const token = await signer.sign()
    expect([await statusOf(token), await statusOf(token)]).toEqual([200, 200])
    expect(verify).toHaveBeenCalledTimes(1)
    expect(verifyAccessToken).toHaveBeenCalledTimes(1)
    expect([await statusOf('opaque'), await statusOf('opaque')]).toEqual([200, 200])
    expect(verifyAccessToken).toHaveBeenCalledTimes(3)
  })

  it('shares parallel verifications where all of its verifiers are declared', async () => {
    const [one, other] = [counting(), counting()]
    const both = gated(anyOf(cacheableVerifier(one), cacheableVerifier(counting())))
    const mixed = gated(anyOf(cacheableVerifier(other), counting()))
    await Promise.all([both.statusOf('t'), both.statusOf('t'), mixed.statusOf('t'), mixed.statusOf('t')])
    expect(one.verifyAccessToken).toHaveBeenCalledTimes(1)
    expect(other.verifyAccessToken).toHaveBeenCalledTimes(2)
  })
})

describe('an identity', () => {
  /** Changes all of an identity that can be changed. */
  const spoil = (authInfo: AuthInfo) => {
    authInfo.scopes.push('notes:admin')
    authInfo.clientId = 'root'
    authInfo.token = 'stolen'
    if (authInfo.resource) authInfo.resource.pathname = '/other'
    const claims = authInfo.extra?.claims as { roles: string[]; org: { id: number }; sub?: string }
    claims.sub = 'root'
    claims.roles.push('admin')
    claims.org.id = 2
    Object.assign(authInfo.extra!, { isAdmin: true })
  }
  const claims = { roles: ['reader'], org: { id: 1 } }
  const introspection = () =>
    introspectionVerifier({
      introspectionUrl: 'https://auth.example.com/introspect',
      clientId: 'notes',
      clientSecret: 'secret',
      fetch: (async () =>
        Response.json({ active: true, sub: 'ann', aud: RESOURCE, exp: inSeconds(60), ...claims })) as never,
    })

  it.each<[string, () => OAuthTokenVerifier, () => Promise<string>]>([
    ['of a JWT', () => jwtVerifier(jwtOptions()), () => signer.sign(claims)],
    ['of a fixed token', () => staticVerifier({ ann: { clientId: 'ann', claims } }), async () => 'ann'],
    ['of an introspection', introspection, async () => 'opaque'],
  ])('%s that a handler changes is its own', async (_, create, sign) => {
    const { handler, seen } = gated(create())
    const token = await sign()
    await Promise.all([handler.fetch(legacyCall(token)), handler.fetch(legacyCall(token))])
    const untouched = structuredClone({ ...(seen[0] as AuthInfo), resource: undefined })
    for (let round = 0; round < 3; round++) {
      spoil(seen.at(-1) as AuthInfo)
      expect((await handler.fetch(legacyCall(token))).status).toBe(200)
      expect(seen.at(-1)).toEqual({ ...untouched, resource: new URL(RESOURCE) })
    }
    expect(seen[0]).toEqual({ ...untouched, resource: new URL(RESOURCE) })
  })
})

describe('option tokenCache', () => {
  it.each<[unknown, string]>([
    [true, 'withAuth: tokenCache must be false or an object of maxAgeMs and maxEntries (got true)'],
    [null, 'withAuth: tokenCache must be false or an object of maxAgeMs and maxEntries (got null)'],
    [{ maxAge: 5 }, 'withAuth: tokenCache: there is no option "maxAge": did you mean maxAgeMs?'],
    [
      { maxAgeMs: 0 },
      'withAuth: tokenCache.maxAgeMs must be an integer of milliseconds from 1 to 3600000; use tokenCache: false to remember no tokens (got 0)',
    ],
    [{ maxAgeMs: 3_600_001 }, 'withAuth: tokenCache.maxAgeMs must be'],
    [{ maxAgeMs: 1.5 }, 'withAuth: tokenCache.maxAgeMs must be'],
    [{ maxAgeMs: '60000' }, 'withAuth: tokenCache.maxAgeMs must be'],
    [{ maxAgeMs: Number.NaN }, 'withAuth: tokenCache.maxAgeMs must be'],
    [
      { maxEntries: 0 },
      'withAuth: tokenCache.maxEntries must be an integer of 1 or more; use tokenCache: false to remember no tokens (got 0)',
    ],
    [{ maxEntries: Number.POSITIVE_INFINITY }, 'withAuth: tokenCache.maxEntries must be'],
  ])('rejects %j', (tokenCache, text) => {
    expect(() => gated(undefined, { tokenCache: tokenCache as TokenCacheOptions })).toThrow(text)
  })

  it('names requireBearerAuth where that was called', () => {
    const create = () => requireBearerAuth({ verifier: staticVerifier({}), tokenCache: { maxAgeMs: -1 } })
    expect(create).toThrow('requireBearerAuth: tokenCache.maxAgeMs must be')
  })
})
