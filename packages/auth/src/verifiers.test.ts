import { beforeAll, describe, expect, it, vi } from 'vitest'
import {
  anyOf,
  apiKeyVerifier,
  cognitoVerifier,
  hashApiKey,
  introspectionVerifier,
  OAuthError,
  type OAuthTokenVerifier,
  requireBearerAuth,
  staticVerifier,
} from './index.ts'
import { bearer, post } from './testing/notes.ts'
import { createSigner, inSeconds, RESOURCE, type Signer } from './testing/tokens.ts'

const expectation = { expectedResource: new URL(RESOURCE) }
const outcomeOf = (verifier: OAuthTokenVerifier, token: string) =>
  verifier.verifyAccessToken(token, expectation).then(
    ({ clientId }) => clientId,
    (error: OAuthError) => error.reason,
  )

describe('an API key', () => {
  it('is known by its digest, belongs here, and expires when it says so', async () => {
    const [good, old] = await Promise.all(['good-key', 'old-key'].map(hashApiKey))
    const verifier = apiKeyVerifier({
      keys: [
        { sha256: old!, clientId: 'old', expiresAt: inSeconds(-1) },
        { sha256: good!, clientId: 'ci', scopes: ['notes:read'] },
      ],
    })
    const gate = requireBearerAuth({ verifier, resourceServerUrl: RESOURCE })
    expect(await gate(post('', bearer('good-key')))).toMatchObject({ clientId: 'ci', scopes: ['notes:read'] })
    expect(await gate(post('', bearer('old-key')))).toMatchObject({ status: 401 })
    expect(await gate(post('', bearer('good-kez')))).toMatchObject({ status: 401 })
    expect(await gate(post('', bearer(good!)))).toMatchObject({ status: 401 })
  })

  it('may be looked up', async () => {
    const digest = await hashApiKey('stored')
    const lookup = vi.fn(async (sha256: string) => (sha256 === digest ? { clientId: 'db' } : undefined))
    expect(await outcomeOf(apiKeyVerifier({ lookup }), 'stored')).toBe('db')
    expect(await outcomeOf(apiKeyVerifier({ lookup }), 'other')).toBe('unknown-token')
    expect(lookup.mock.calls.flat()).not.toContain('stored')
  })

  it('that was not hashed is refused when it is set up, and not repeated', () => {
    const create = () => apiKeyVerifier({ keys: [{ sha256: 'plain-secret', clientId: 'x' }] })
    expect(create).toThrow(TypeError)
    expect(create).not.toThrow('plain-secret')
  })
})

describe('anyOf', () => {
  const refusing = (error: unknown): OAuthTokenVerifier => ({
    verifyAccessToken: () => Promise.reject(error),
  })
  const ann = staticVerifier({
    a: { clientId: 'ann' },
    x: { clientId: 'other', resource: new URL('https://other') },
  })
  const bob = staticVerifier({ b: { clientId: 'bob' }, x: { clientId: 'here' } })

  it('accepts what one of them accepts, for this resource', async () => {
    const verifier = anyOf(ann, bob)
    expect(await outcomeOf(verifier, 'a')).toBe('ann')
    expect(await outcomeOf(verifier, 'b')).toBe('bob')
    expect(await outcomeOf(verifier, 'x')).toBe('here')
    expect(await outcomeOf(verifier, 'c')).toBe('unknown-token')
  })

  it('says that it could not judge before it says no', async () => {
    const expired = refusing(new OAuthError('invalid_token', 'x', { reason: 'expired' }))
    expect(await outcomeOf(anyOf(ann, expired), 'c')).toBe('expired')
    expect(await outcomeOf(anyOf(expired, refusing(new Error('down')), ann), 'c')).toBe('internal')
    expect(await outcomeOf(anyOf(refusing(new Error('down')), ann), 'a')).toBe('ann')
    expect(() => anyOf()).toThrow(TypeError)
  })
})

describe('errors of the SDKs', () => {
  it('count as their own', async () => {
    const { InvalidTokenError } = await import('@modelcontextprotocol/sdk/server/auth/errors.js')
    const verifier = { verifyAccessToken: () => Promise.reject(new InvalidTokenError('Revoked')) }
    const answer = (await requireBearerAuth({ verifier })(post('', bearer('t')))) as Response
    expect(answer.status).toBe(401)
    expect(await answer.json()).toEqual({ error: 'invalid_token', error_description: 'Revoked' })
  })
})

describe('a token of a Cognito user pool', () => {
  const userPoolId = 'eu-west-1_AbCdEf123'
  const iss = `https://cognito-idp.eu-west-1.amazonaws.com/${userPoolId}`
  const access = { iss, aud: undefined, token_use: 'access', client_id: 'app', scope: 'openid notes:read' }
  const id = { iss, aud: 'app', token_use: 'id', client_id: undefined }
  let signer: Signer
  let fetched: string[]
  let verify: (claims: object, options?: object) => Promise<string>

  beforeAll(async () => {
    signer = await createSigner('cognito', 'RS256')
    fetched = []
    const fetch = (async (url: string) => {
      fetched.push(url)
      return Response.json({ keys: [signer.publicJwk] })
    }) as typeof globalThis.fetch
    verify = async (claims, options = {}) =>
      outcomeOf(
        cognitoVerifier({ userPoolId, clientId: 'app', fetch, ...options }),
        await signer.sign(claims as never),
      )
  })

  it('is checked as Cognito writes it', async () => {
    expect(await verify(access)).toBe('app')
    expect(fetched).toEqual([`${iss}/.well-known/jwks.json`])
    expect(await verify({ ...access, client_id: 'other' })).toBe('wrong-client')
    expect(await verify({ ...access, client_id: 'other' }, { clientId: ['app', 'other'] })).toBe('other')
    expect(await verify({ ...access, iss: `${iss}4` })).toBe('wrong-issuer')
    expect(await verify(id)).toBe('wrong-type')
    expect(await verify(id, { tokenUse: 'id' })).toBe('app')
    expect(await verify({ ...id, aud: 'other' }, { tokenUse: 'id' })).toBe('wrong-client')
    expect(await verify(access, { tokenUse: 'id' })).toBe('wrong-type')
  })

  it('that was asked for a resource is for that one', async () => {
    const gate = (aud: string) =>
      signer.sign({ ...access, aud }).then((token) =>
        requireBearerAuth({
          resourceServerUrl: RESOURCE,
          verifier: cognitoVerifier({
            userPoolId,
            clientId: 'app',
            fetch: async () => Response.json({ keys: [signer.publicJwk] }),
          }),
        })(post('', bearer(token))),
      )
    expect(await gate(RESOURCE)).toMatchObject({ clientId: 'app' })
    expect(await gate('https://other.example.com')).toMatchObject({ status: 401 })
  })

  it('needs a pool and a client', () => {
    for (const options of [
      { userPoolId: 'evil.example.com/_x', clientId: 'app' },
      { userPoolId, clientId: [] },
    ]) {
      expect(() => cognitoVerifier(options)).toThrow(TypeError)
    }
  })
})

describe('introspection', () => {
  const create = (answer: (token: string, init: RequestInit) => unknown, options = {}) => {
    const fetch = vi.fn(async (_: unknown, init: RequestInit = {}) => {
      const body = await answer(new URLSearchParams(init.body as string).get('token')!, init)
      return body instanceof Response ? body : Response.json(body)
    })
    const introspectionUrl = 'https://auth.example.com/introspect'
    const verifier = introspectionVerifier({
      introspectionUrl,
      clientId: 'notes:server',
      clientSecret: 's€cret',
      fetch: fetch as never,
      ...options,
    })
    return { fetch, verifier }
  }
  const active = { active: true, client_id: 'app', aud: RESOURCE, exp: inSeconds(60), scope: 'a' }

  it('asks once for parallel and repeated tokens, and again later', async () => {
    const { fetch, verifier } = create(() => active, { cacheMaxAgeMs: 30_000 })
    await Promise.all([1, 2, 3].map(() => verifier.verifyAccessToken('t')))
    expect(await outcomeOf(verifier, 't')).toBe('app')
    expect(fetch).toHaveBeenCalledTimes(1)
    vi.useFakeTimers({ now: Date.now() + 31_000, toFake: ['Date'] })
    await verifier.verifyAccessToken('t')
    vi.useRealTimers()
    expect(fetch).toHaveBeenCalledTimes(2)
  })

  it('forgets what was used least recently', async () => {
    const { fetch, verifier } = create(() => active, { cacheMaxEntries: 2 })
    for (const token of ['a', 'b', 'a', 'c', 'a']) await verifier.verifyAccessToken(token)
    expect(fetch).toHaveBeenCalledTimes(3)
    await verifier.verifyAccessToken('b')
    expect(fetch).toHaveBeenCalledTimes(4)
  })

  it('forgets no active token for a flood of others, which are kept as well', async () => {
    const { fetch, verifier } = create((token) => (token.startsWith('bad') ? { active: false } : active), {
      cacheMaxEntries: 2,
    })
    await Promise.all([verifier.verifyAccessToken('a'), verifier.verifyAccessToken('b')])
    const bad = Array.from({ length: 20 }, (_, index) => `bad-${index}`)
    const outcomes = await Promise.all(bad.map((token) => outcomeOf(verifier, token)))
    expect(new Set(outcomes)).toEqual(new Set(['unknown-token']))
    expect(await outcomeOf(verifier, 'bad-19')).toBe('unknown-token')
    expect([await outcomeOf(verifier, 'a'), await outcomeOf(verifier, 'b')]).toEqual(['app', 'app'])
    expect(fetch).toHaveBeenCalledTimes(22)
  })

  it('proves who asks', async () => {
    const seen: RequestInit[] = []
    const note = (_: string, init: RequestInit) => {
      seen.push(init)
      return active
    }
    await create(note).verifier.verifyAccessToken('t')
    await create(note, { authMethod: 'client_secret_post' }).verifier.verifyAccessToken('t')
    expect((seen[0]!.headers as any).authorization).toBe(`Basic ${btoa('notes%3Aserver:s%E2%82%ACcret')}`)
    expect(seen[0]!.redirect).toBe('manual')
    expect(Object.fromEntries(new URLSearchParams(seen[1]!.body as string))).toMatchObject({
      client_id: 'notes:server',
      client_secret: 's€cret',
    })
  })

  it.each([
    ['inactive', { active: false }, 'unknown-token'],
    ['active in words only', { ...active, active: 'true' }, 'unavailable'],
    ['of another issuer', { ...active, iss: 'https://evil.example.com' }, 'wrong-issuer'],
    ['not valid yet', { ...active, nbf: inSeconds(60) }, 'not-yet-valid'],
    ['for someone else', { ...active, aud: 'b' }, 'wrong-audience'],
  ])('refuses what is %s', async (_, answer, reason) => {
    const audience = reason === 'wrong-audience' ? 'a' : undefined
    const { verifier } = create(() => answer, { issuer: 'https://auth.example.com', audience })
    expect(await outcomeOf(verifier, 't')).toBe(reason)
  })

  it('says that it could not judge where the endpoint fails, and asks again', async () => {
    const failures = [
      () => new Response('', { status: 500 }),
      () => new Response('', { status: 401 }),
      () => Response.json({ error: 'invalid_request' }, { status: 400 }),
      () => Promise.reject(new Error('refused')),
    ]
    for (const failure of failures) {
      const { fetch, verifier } = create(failure)
      expect(await outcomeOf(verifier, 't')).toBe('unavailable')
      expect(await outcomeOf(verifier, 't')).toBe('unavailable')
      expect(fetch).toHaveBeenCalledTimes(2)
    }
  })

  it('refuses what the endpoint does not know how to judge', async () => {
    const { verifier } = create(() => Response.json({ error: 'unsupported_token_type' }, { status: 400 }))
    expect(await outcomeOf(verifier, 't')).toBe('unknown-token')
  })

  it('leaves expiry and audience to the gate', async () => {
    const gate = async (answer: object, options = {}) => {
      const { verifier } = create(() => answer)
      const result = await requireBearerAuth({ verifier, resourceServerUrl: RESOURCE, ...options })(
        post('', bearer('t')),
      )
      return result instanceof Response ? (await result.json()).error_description : result.clientId
    }
    const { exp: _, ...timeless } = active
    expect(await gate(timeless)).toBe('Token has no expiration time')
    expect(await gate(timeless, { requireExpiry: false })).toBe('app')
    expect(await gate({ ...active, exp: inSeconds(-1) })).toBe('Token has expired')
    expect(await gate({ ...active, aud: undefined })).toBe('Token was not issued for this resource')
    for (const aud of [
      RESOURCE.replace('://', '://x@'),
      RESOURCE.replace('://', '://:y@'),
      RESOURCE.replace('://', ':'),
      RESOURCE.replaceAll('/', '\\'),
      RESOURCE.replace('.', '.\t'),
      ` ${RESOURCE}`,
    ]) {
      expect([aud, await gate({ ...active, aud })]).toEqual([aud, 'Token was not issued for this resource'])
    }
  })
})
