import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  anyOf,
  introspectionVerifier,
  jwtVerifier,
  type OAuthError,
  type OAuthTokenVerifier,
  oidcVerifier,
  requireBearerAuth,
  staticVerifier,
} from './index.ts'
import { bearer, post } from './testing/notes.ts'
import { createSigner, ISSUER, inSeconds, RESOURCE } from './testing/tokens.ts'

const down = () => Promise.reject(new Error('connect ECONNREFUSED'))
const signer = await createSigner()
const good = await signer.sign()
const jwksUri = `${ISSUER}/jwks`
const introspection = (fetch: unknown, options = {}) =>
  introspectionVerifier({
    introspectionUrl: `${ISSUER}/introspect`,
    clientId: 'server',
    clientSecret: 'the-secret',
    fetch: fetch as typeof globalThis.fetch,
    ...options,
  })

async function refusal(verifier: OAuthTokenVerifier, token: string, options = {}) {
  const errors: OAuthError[] = []
  const onerror = (error: Error) => errors.push(error as OAuthError)
  const answer = await requireBearerAuth({ verifier, onerror, ...options })(post('', bearer(token)))
  return { answer: answer as Response, error: errors[0]! }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('a token that nobody can judge', () => {
  it.each<[string, OAuthTokenVerifier]>([
    ['keys', jwtVerifier({ issuer: ISSUER, jwksUri, fetch: down })],
    ['the document', oidcVerifier({ issuer: ISSUER, fetch: down })],
    ['the introspection endpoint', introspection(down)],
  ])('is answered 503, with a time and no challenge, where %s cannot be reached', async (_, verifier) => {
    const { answer } = await refusal(verifier, good)
    expect(answer.status).toBe(503)
    expect(Object.fromEntries(answer.headers)).toEqual({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'retry-after': '5',
    })
    expect(await answer.json()).toEqual({
      error: 'temporarily_unavailable',
      error_description: 'The token cannot be verified at the moment',
    })
  })

  it('is so where the document is of another issuer', async () => {
    const fetch = async () => Response.json({ issuer: 'https://evil.example.com', jwks_uri: jwksUri })
    expect((await refusal(oidcVerifier({ issuer: ISSUER, fetch }), good)).answer.status).toBe(503)
  })

  it.each([
    ['no JSON', '<html>'],
    ['no object', '[]'],
    ['endless', ' '.repeat(2 * 1024 * 1024)],
  ])('is so where keys are %s, which are then not asked for by every token', async (_, body) => {
    const fetch = vi.fn(async () => new Response(body))
    const verifier = jwtVerifier({ issuer: ISSUER, jwksUri, fetch: fetch as never })
    for (let time = 0; time < 3; time++) expect((await refusal(verifier, good)).answer.status).toBe(503)
    expect(fetch).toHaveBeenCalledTimes(1)
  })

  it.each([
    ['a document', (fetch: never) => oidcVerifier({ issuer: ISSUER, fetch })],
    ['an introspection', (fetch: never) => introspection(fetch)],
  ])('does not wait for good for %s that a runtime dropped', async (_, create) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const dropped = () => new Promise<Response>(() => {})
    const fetch = vi.fn<() => Promise<Response>>().mockImplementationOnce(dropped).mockImplementation(down)
    const verifier = create(fetch as never)
    verifier.verifyAccessToken(good).catch(() => {})
    await vi.waitFor(() => expect(fetch).toHaveBeenCalledTimes(1))
    vi.setSystemTime(Date.now() + 60_000)
    expect((await refusal(verifier, good)).answer.status).toBe(503)
  })
})

describe('one of several verifiers that is down', () => {
  const other = 'https://other.example.com'
  const away = jwtVerifier({ issuer: other, jwksUri: `${other}/jwks`, fetch: down })
  const here = jwtVerifier({ issuer: ISSUER, jwks: { keys: [signer.publicJwk] } as never })
  const known = staticVerifier({ 'a-key': { clientId: 'ann' } })

  it('hides no other', async () => {
    const gate = requireBearerAuth({ verifier: anyOf(away, introspection(down), here, known) })
    expect(await gate(post('', bearer(good)))).toMatchObject({ clientId: 'notes-app' })
    expect(await gate(post('', bearer('a-key')))).toMatchObject({ clientId: 'ann' })
  })

  it('is not asked about the tokens of another issuer', async () => {
    const expired = await signer.sign({ exp: inSeconds(-60) })
    for (const verifier of [anyOf(away, here), anyOf(here, away)]) {
      const { answer, error } = await refusal(verifier, expired)
      expect([answer.status, error.reason]).toEqual([401, 'expired'])
    }
  })
})

describe('what onerror hears', () => {
  const here = jwtVerifier({ issuer: ISSUER, jwks: { keys: [signer.publicJwk] } as never })

  it('names the verifier that refused, and the client does not', async () => {
    const expired = await signer.sign({ exp: inSeconds(-60) })
    const cases: [OAuthTokenVerifier, string, string][] = [
      [here, expired, `jwtVerifier(${ISSUER})`],
      [anyOf(staticVerifier({}), here), expired, `jwtVerifier(${ISSUER})`],
      [anyOf(here, introspection(down)), 'opaque', 'introspectionVerifier(auth.example.com)'],
      [oidcVerifier({ issuer: ISSUER, fetch: down }), good, `oidcVerifier(${ISSUER})`],
      [{ name: 'ours', verifyAccessToken: down }, good, 'ours'],
    ]
    for (const [verifier, token, name] of cases) {
      const { answer, error } = await refusal(verifier, token)
      expect(error.verifier).toBe(name)
      expect(`${await answer.text()}${JSON.stringify([...answer.headers])}`).not.toContain(name)
    }
  })

  it('names it for what the gate refuses as well', async () => {
    const timeless = introspection(async () => Response.json({ active: true, client_id: 'app' }))
    const { error } = await refusal(anyOf(here, timeless), 'opaque')
    expect([error.reason, error.verifier]).toEqual([
      'no-expiry',
      `anyOf(jwtVerifier(${ISSUER}), introspectionVerifier(auth.example.com))`,
    ])
  })

  it('holds neither the token nor a secret, however deep', async () => {
    const told: unknown[] = []
    const failures = [
      down,
      async () => new Response('', { status: 401 }),
      async () => Response.json({ error: 'invalid_client' }, { status: 400 }),
      async () => new Response('', { status: 302, headers: { location: 'http://10.0.0.1/' } }),
    ]
    for (const authMethod of ['client_secret_basic', 'client_secret_post']) {
      for (const failure of failures) {
        const { error } = await refusal(introspection(failure, { authMethod }), good)
        for (let one: any = error; one; one = one.cause) told.push(one.message, one.stack, { ...one })
      }
    }
    const text = JSON.stringify(told)
    for (const secret of [good, 'the-secret', btoa('server:the-secret')]) expect(text).not.toContain(secret)
  })
})

describe('introspection', () => {
  it.each(['token_type', 'token_use', 'typ'])('takes no refresh token by %s for another', async (member) => {
    const answer = { active: true, client_id: 'app', aud: RESOURCE, exp: inSeconds(60) }
    const verifier = introspection(async () => Response.json({ ...answer, [member]: 'refresh_token' }))
    expect((await refusal(verifier, 'opaque')).error.reason).toBe('wrong-type')
  })

  it('takes no URL with credentials, and does not repeat it', () => {
    const create = () => introspection(down, { introspectionUrl: 'https://me:pass-word@auth.example.com' })
    expect(create).toThrow(TypeError)
    expect(create).not.toThrow('pass-word')
  })
})
