import { CompactSign } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { jwtVerifier, type OAuthError, requireBearerAuth } from './index.ts'
import { bearer, post } from './testing/notes.ts'
import { closeServers, listen } from './testing/server.ts'
import { createSigner, goodClaims, ISSUER, inSeconds, type Signer } from './testing/tokens.ts'

let published: unknown[] = []
let fetches = 0
let status = 200
let jwksUri: string
let first: Signer
let second: Signer

beforeAll(async () => {
  ;[first, second] = await Promise.all([createSigner('first'), createSigner('second')])
  const origin = await listen((_, response) => {
    fetches++
    setTimeout(() => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ keys: published }))
    }, 20)
  })
  jwksUri = `${origin}/jwks`
})
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  published = [first.publicJwk]
  fetches = 0
  status = 200
})
afterEach(() => {
  vi.useRealTimers()
})
afterAll(closeServers)

const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)
const reasonOf = (outcome: Promise<unknown>) =>
  outcome.then(
    () => 'accepted',
    (error: OAuthError) => error.reason,
  )

describe('keys of an issuer', () => {
  it('are fetched once for parallel requests, and kept', async () => {
    const verifier = jwtVerifier({ issuer: ISSUER, jwksUri })
    const token = await first.sign()
    expect(fetches).toBe(0)
    await Promise.all(Array.from({ length: 20 }, () => verifier.verifyAccessToken(token)))
    await verifier.verifyAccessToken(token)
    expect(fetches).toBe(1)
  })

  it('are fetched again when they are too old', async () => {
    const verifier = jwtVerifier({ issuer: ISSUER, jwksUri, cacheMaxAgeMs: 10_000 })
    const token = await first.sign()
    await verifier.verifyAccessToken(token)
    pass(11)
    await verifier.verifyAccessToken(token)
    expect(fetches).toBe(2)
  })

  it('may rotate: a new one is fetched, after the cooldown', async () => {
    const verifier = jwtVerifier({ issuer: ISSUER, jwksUri })
    await verifier.verifyAccessToken(await first.sign())
    published = [second.publicJwk]
    expect(await reasonOf(verifier.verifyAccessToken(await second.sign()))).toBe('unknown-key')
    expect(fetches).toBe(1)
    pass(31)
    expect(await reasonOf(verifier.verifyAccessToken(await second.sign()))).toBe('accepted')
    expect(await reasonOf(verifier.verifyAccessToken(await first.sign()))).toBe('unknown-key')
    expect(fetches).toBe(2)
  })

  it('are not asked for by every forged token', async () => {
    const verifier = jwtVerifier({ issuer: ISSUER, jwksUri })
    await verifier.verifyAccessToken(await first.sign())
    pass(31)
    for (let index = 0; index < 10; index++) {
      const forged = await second.sign({}, { kid: `forged-${index}` })
      expect(await reasonOf(verifier.verifyAccessToken(forged))).toBe('unknown-key')
    }
    expect(fetches).toBe(2)
  })

  it('that cannot be fetched are asked for again a little later', async () => {
    const verifier = jwtVerifier({ issuer: ISSUER, jwksUri })
    const token = await first.sign()
    status = 500
    for (let index = 0; index < 5; index++) {
      expect(await reasonOf(verifier.verifyAccessToken(token))).toBe('unavailable')
    }
    expect(fetches).toBe(1)
    status = 200
    pass(6)
    expect(await reasonOf(verifier.verifyAccessToken(token))).toBe('accepted')
  })

  it('may be several without a name', async () => {
    const unnamed = [second, first].map(({ publicJwk: { kid: _, ...jwk } }) => jwk)
    const verifier = jwtVerifier({ issuer: ISSUER, jwks: { keys: unnamed as never } })
    const stranger = await createSigner()
    expect(await reasonOf(verifier.verifyAccessToken(await first.sign({}, { kid: undefined })))).toBe(
      'accepted',
    )
    expect(await reasonOf(verifier.verifyAccessToken(await stranger.sign({}, { kid: undefined })))).toBe(
      'bad-signature',
    )
  })

  it('hold no shared one, even where the issuer publishes it', async () => {
    const { SignJWT } = await import('jose')
    const secret = new Uint8Array(32).fill(7)
    published = [{ kty: 'oct', kid: 'oct', k: Buffer.from(secret).toString('base64url') }]
    const token = await new SignJWT({ iss: ISSUER })
      .setProtectedHeader({ alg: 'HS256', kid: 'oct' })
      .sign(secret)
    const verifier = jwtVerifier({ issuer: ISSUER, jwksUri })
    expect(await reasonOf(verifier.verifyAccessToken(token))).toBe('wrong-algorithm')
    expect(fetches).toBe(0)
  })
})

describe('what a token must say', () => {
  const verify = async (options: object, claims = {}, header = {}) =>
    reasonOf(
      jwtVerifier({
        issuer: ISSUER,
        jwks: { keys: [first.publicJwk] } as never,
        ...options,
      }).verifyAccessToken(await first.sign(claims, header), {
        expectedResource: new URL('https://mcp.example.com/mcp'),
      }),
    )

  it('may be an audience by another name, or a type', async () => {
    expect(await verify({ audience: 'api://notes' }, { aud: 'api://notes' })).toBe('accepted')
    expect(await verify({ audience: ['api://notes', 'b'] }, { aud: ['a', 'b'] })).toBe('accepted')
    expect(await verify({ audience: 'api://notes' })).toBe('wrong-audience')
    expect(await verify({ audience: false }, { aud: 'elsewhere' })).toBe('accepted')
    expect(await verify({ typ: 'at+jwt' })).toBe('accepted')
    expect(await verify({ typ: 'at+jwt' }, {}, { typ: 'JWT' })).toBe('wrong-type')
  })

  it.each<[string, object, object, string]>([
    ['an audience among others', { aud: ['https://a.example', 'https://mcp.example.com/mcp'] }, {}, ''],
    ['an audience with a slash behind it', { aud: 'https://mcp.example.com/mcp/' }, {}, ''],
    ['an issue date to come, which no standard forbids', { iat: inSeconds(3600) }, {}, ''],
    ['a start within the tolerance', { nbf: inSeconds(3) }, {}, ''],
    ['no name of its key', {}, { kid: undefined }, ''],
    ['no aud that is a text', { aud: [5, null, { a: 1 }] }, {}, 'wrong-audience'],
    ['an aud that only begins so', { aud: 'https://mcp.example.com/mcp2' }, {}, 'wrong-audience'],
    [
      'an aud that only ends so',
      { aud: 'https://evil.example/https://mcp.example.com/mcp' },
      {},
      'wrong-audience',
    ],
    ['a slash behind the issuer', { iss: `${ISSUER}/` }, {}, 'wrong-issuer'],
    ['several issuers', { iss: [ISSUER] }, {}, 'wrong-issuer'],
    ['a start after the tolerance', { nbf: inSeconds(30) }, {}, 'not-yet-valid'],
    ['an expiry in words', { exp: `${inSeconds(60)}` }, {}, 'malformed'],
    ['what must be understood and is not', {}, { crit: ['x'], x: 1 }, 'wrong-algorithm'],
  ])('may hold %s', async (_, claims, header, refusal) => {
    const gate = requireBearerAuth({
      resourceServerUrl: 'https://mcp.example.com/mcp',
      verifier: jwtVerifier({ issuer: ISSUER, jwks: { keys: [second.publicJwk, first.publicJwk] } as never }),
      onerror: (error) => reasons.push((error as OAuthError).reason),
    })
    const reasons: string[] = []
    const payload = Buffer.from(JSON.stringify({ ...goodClaims(), ...claims }))
    const token = await new CompactSign(payload)
      .setProtectedHeader({ alg: 'ES256', kid: 'first', ...header })
      .sign(first.privateKey, { crit: { x: true } })
    const answer = await gate(post('', bearer(token)))
    expect(reasons).toEqual(refusal ? [refusal] : [])
    expect(answer instanceof Response).toBe(refusal !== '')
  })

  it('is never verified by a key that it brings along', async () => {
    const stranger = await createSigner('stranger')
    for (const header of [
      { jwk: stranger.publicJwk },
      { jku: 'https://evil.example/jwks' },
      { kid: 'first', jwk: stranger.publicJwk },
    ]) {
      const verifier = jwtVerifier({ issuer: ISSUER, jwksUri })
      const reason = await reasonOf(verifier.verifyAccessToken(await stranger.sign({}, header)))
      expect(['unknown-key', 'bad-signature']).toContain(reason)
    }
  })

  it('grants scopes under any of their usual names', async () => {
    const verifier = jwtVerifier({ issuer: ISSUER, jwks: { keys: [first.publicJwk] } as never })
    const scopesOf = async (claims: object) =>
      (await verifier.verifyAccessToken(await first.sign({ scope: undefined, ...claims }))).scopes
    expect(await scopesOf({ scope: 'a  b' })).toEqual(['a', 'b'])
    expect(await scopesOf({ scopes: ['a', 5, 'b'] })).toEqual(['a', 'b'])
    expect(await scopesOf({ scp: 'a b' })).toEqual(['a', 'b'])
    expect(await scopesOf({})).toEqual([])
  })
})
