import { SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { jwtVerifier, type OAuthError, requireBearerAuth, verifyBearerToken, withAuth } from './index.ts'
import { bearer, createNotes, message, post } from './testing/notes.ts'
import { createSigner, goodClaims, inSeconds, METADATA, RESOURCE, type Signer } from './testing/tokens.ts'

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

let signer: Signer
let stranger: Signer
let rsa: Signer
let sent: Record<string, Record<string, string>>

beforeAll(async () => {
  ;[signer, stranger, rsa] = await Promise.all([
    createSigner(),
    createSigner(),
    createSigner('key-rsa', 'RS256'),
  ])
  const { exp: _, ...timeless } = goodClaims()
  const shared = new TextEncoder().encode(JSON.stringify(signer.publicJwk))
  const hmac = new SignJWT(goodClaims()).setProtectedHeader({ alg: 'HS256', kid: signer.kid }).sign(shared)
  const good = await signer.sign()
  sent = {
    'no token': {},
    'an empty header': { authorization: '' },
    'another scheme': { authorization: 'Basic YW5uOnNlY3JldA==' },
    'the scheme alone': { authorization: 'Bearer' },
    'two tokens': { authorization: `Bearer ${good} ${good}` },
    'two headers': { authorization: `Bearer ${good}, Bearer ${good}` },
    garbage: bearer('garbage'),
    expired: bearer(await signer.sign({ exp: inSeconds(-1) })),
    'no expiry': bearer(
      await new SignJWT(timeless).setProtectedHeader({ alg: 'ES256', kid: 'key-1' }).sign(signer.privateKey),
    ),
    'not valid yet': bearer(await signer.sign({ nbf: inSeconds(60) })),
    'wrong issuer': bearer(await signer.sign({ iss: 'https://evil.example.com' })),
    'wrong audience': bearer(await signer.sign({ aud: 'https://other.example.com/mcp' })),
    'the host as audience': bearer(await signer.sign({ aud: 'https://mcp.example.com' })),
    'no audience': bearer(await signer.sign({ aud: undefined })),
    'wrong algorithm': bearer(await rsa.sign()),
    none: bearer(`${base64({ alg: 'none' })}.${base64(goodClaims())}.`),
    'a shared key': bearer(await hmac),
    'an unknown key': bearer(await signer.sign({}, { kid: 'key-2' })),
    "a stranger's signature": bearer(await stranger.sign()),
    'missing scope': bearer(await signer.sign({ scope: 'openid' })),
  }
})

const scope = 'scope="notes:read"'
const metadata = `resource_metadata="${METADATA}"`
const invalid = (description: string) => [401, 'invalid_token', description] as const
const missing = invalid('Missing Authorization header')
const malformed = invalid('Token is malformed')

const table = {
  'no token': missing,
  'an empty header': missing,
  'another scheme': missing,
  'the scheme alone': malformed,
  'two tokens': malformed,
  'two headers': malformed,
  garbage: malformed,
  expired: invalid('Token has expired'),
  'no expiry': invalid('Token has no expiration time'),
  'not valid yet': invalid('Token is not valid yet'),
  'wrong issuer': invalid('Token was issued by another authorization server'),
  'wrong audience': invalid('Token was not issued for this resource'),
  'the host as audience': invalid('Token was not issued for this resource'),
  'no audience': invalid('Token was not issued for this resource'),
  'wrong algorithm': invalid('Token is signed with an algorithm that is not accepted'),
  none: invalid('Token is signed with an algorithm that is not accepted'),
  'a shared key': invalid('Token is signed with an algorithm that is not accepted'),
  'an unknown key': invalid('Token is signed with an unknown key'),
  "a stranger's signature": invalid('Token signature does not verify'),
  'missing scope': [403, 'insufficient_scope', 'Insufficient scope'],
} as const

function options(onerror?: (error: Error) => void) {
  return {
    resourceServerUrl: RESOURCE,
    verifier: jwtVerifier({
      issuer: 'https://auth.example.com',
      jwks: { keys: [signer.publicJwk, rsa.publicJwk] },
      algorithms: ['ES256'],
    }),
    requiredScopes: ['notes:read'],
    onerror,
  }
}

describe.each(Object.entries(table))('a request with %s', (name, [status, error, description]) => {
  const hasCredentials = !missing.includes(description as never)

  it(`is answered ${status} by withAuth, and reaches no server`, async () => {
    const errors: Error[] = []
    const { handler, seen } = createNotes()
    const response = await withAuth(
      handler,
      options((error) => errors.push(error)),
    ).fetch(post(message('ping'), sent[name]))
    const failure = hasCredentials ? `error="${error}", error_description="${description}", ` : ''
    expect(response.status).toBe(status)
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'www-authenticate': `Bearer ${failure}${scope}, ${metadata}`,
    })
    expect(await response.json()).toEqual({ error, error_description: description })
    expect(seen).toEqual([])
    expect(errors).toHaveLength(1)
  })

  it('is answered the same by requireBearerAuth', async () => {
    const answer = await requireBearerAuth(options())(post(message('ping'), sent[name]))
    expect(answer).toBeInstanceOf(Response)
    expect((answer as Response).status).toBe(status)
  })
})

describe('a token in the query', () => {
  it('is not read', async () => {
    const { handler, seen } = createNotes()
    const url = `http://localhost/mcp?access_token=${await signer.sign()}`
    const response = await withAuth(handler, options()).fetch(post(message('ping'), {}, url))
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe(`Bearer ${scope}, ${metadata}`)
    expect(await response.json()).toEqual({
      error: 'invalid_token',
      error_description: 'Missing Authorization header',
    })
    expect(seen).toEqual([])
  })
})

describe('a good token', () => {
  it.each(['Bearer', 'bearer', 'BEARER'])('is let through under the scheme %s', async (scheme) => {
    const { handler, seen } = createNotes()
    const token = await signer.sign()
    const request = post(message('ping'), { authorization: `${scheme} ${token}` })
    const response = await withAuth(handler, options()).fetch(request)
    expect(await response.json()).toEqual({ jsonrpc: '2.0', id: 1, result: {} })
    expect(seen).toMatchObject([
      {
        token,
        clientId: 'notes-app',
        scopes: ['notes:read'],
        resource: new URL(RESOURCE),
        resourceMetadataUrl: METADATA,
      },
    ])
  })

  it('may name the resource among others, and with a trailing slash', async () => {
    const gate = requireBearerAuth(options())
    const token = await signer.sign({ aud: ['https://other.example.com', `${RESOURCE}/`] })
    expect(await gate(post('', bearer(token)))).toMatchObject({ clientId: 'notes-app' })
  })

  it('may be for anyone where nobody said who this is', async () => {
    const gate = requireBearerAuth({ ...options(), resourceServerUrl: undefined })
    expect(await gate(post('', sent['wrong audience']))).toMatchObject({ clientId: 'notes-app' })
    const expecting = requireBearerAuth({
      ...options(),
      resourceServerUrl: undefined,
      expectedResource: new URL(RESOURCE),
    })
    expect(await expecting(post('', sent['wrong audience']))).toMatchObject({ status: 401 })
  })

  it('may lack an expiry where that is switched off', async () => {
    const gate = requireBearerAuth({ ...options(), requireExpiry: false })
    expect(await gate(post('', sent['no expiry']))).toMatchObject({ clientId: 'notes-app' })
    expect(await gate(post('', sent.expired))).toMatchObject({ status: 401 })
  })
})

describe('what goes wrong elsewhere', () => {
  it('is no 401: keys that cannot be fetched are 503, a verifier that breaks is 500', async () => {
    const errors: OAuthError[] = []
    const onerror = (error: Error) => errors.push(error as OAuthError)
    const unreachable = jwtVerifier({
      issuer: 'https://auth.example.com',
      jwksUri: 'https://auth.example.com/jwks',
      fetch: async () => new Response('no', { status: 500 }),
    })
    const broken = {
      verifyAccessToken: async () => {
        throw new Error('password=hunter2')
      },
    }
    const token = await signer.sign()
    const answers = await Promise.all(
      [unreachable, broken].map((verifier) =>
        requireBearerAuth({ verifier, onerror })(post('', bearer(token))),
      ),
    )
    expect(answers).toMatchObject([{ status: 503 }, { status: 500 }])
    expect(await (answers[1] as Response).json()).toEqual({
      error: 'server_error',
      error_description: 'Internal Server Error',
    })
    expect(errors.map(({ reason }) => reason).sort()).toEqual(['internal', 'unavailable'])
  })

  it('never puts the token into an answer or a report', async () => {
    const errors: Error[] = []
    const gate = requireBearerAuth(options((error) => errors.push(error)))
    for (const headers of Object.values(sent)) {
      const answer = (await gate(post('', headers))) as Response
      const token = headers.authorization?.split(' ')[1] || 'eyJ'
      expect(JSON.stringify([...answer.headers, await answer.text()])).not.toContain(token)
    }
    expect(errors.map(({ message }) => message).join()).not.toContain('eyJ')
  })
})

describe('an onerror that throws', () => {
  it('changes no answer', async () => {
    const gate = requireBearerAuth(
      options(() => {
        throw new Error('the log is full')
      }),
    )
    expect(await gate(post(''))).toMatchObject({ status: 401 })
  })
})

describe('verifyBearerToken', () => {
  it('resolves to the identity, or rejects with what the challenge says', async () => {
    const header = `Bearer ${await signer.sign()}`
    expect(await verifyBearerToken(header, options())).toMatchObject({ clientId: 'notes-app' })
    const rejection = { code: 'invalid_token', reason: 'no-token' }
    await expect(verifyBearerToken(null, options())).rejects.toMatchObject(rejection)
  })
})

describe('options that cannot be right', () => {
  it('are refused when the gate is built', () => {
    const { verifier } = options()
    expect(() => requireBearerAuth({} as never)).toThrow('verifier')
    expect(() => requireBearerAuth({ verifier, resourceServerUrl: 'nonsense' })).toThrow(TypeError)
    const jwt = { issuer: 'https://auth.example.com', jwksUri: 'https://auth.example.com/jwks' }
    for (const algorithms of [['none'], ['HS256'], ['ES256', 'HS512'], []]) {
      expect(() => jwtVerifier({ ...jwt, algorithms: algorithms as never })).toThrow('algorithms')
    }
    expect(() => jwtVerifier({ ...jwt, jwksUri: 'http://auth.example.com/jwks' })).toThrow('https')
  })
})
