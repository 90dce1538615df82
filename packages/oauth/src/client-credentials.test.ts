import { exchangeAuthorization } from '@modelcontextprotocol/sdk/client/auth.js'
import { describe, expect, it } from 'vitest'
import {
  buildPath,
  createServer,
  exchangeCode,
  ISSUER,
  REDIRECT_URI,
  RESOURCE,
  readError,
  registerClient,
  signIn,
} from './testing/flow.ts'

const SECRETS = [
  'Zm9v+YmFy/cGVyY2VudA==+and+a+plus+or+two',
  'a percent % and %2B, %zz and a + and a space',
  '100%25 sure: that a secret has some colons: ::',
  'ein Geheimnis mit Umlauten: äöü und ß, auch €',
]

const clientWith = (clientSecret: string, clientId = 'web') => ({
  clients: [{ clientId, clientSecret, clientName: 'Web', redirectUris: [REDIRECT_URI] }],
})
const raw = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
const encodeForm = (text: string) => new URLSearchParams({ x: text }).toString().slice(2)
const formEncoded = (id: string, secret: string) => raw(encodeForm(id), encodeForm(secret))
const percentEncoded = (id: string, secret: string) => raw(encodeURIComponent(id), encodeURIComponent(secret))

async function exchange(
  server: ReturnType<typeof createServer>,
  clientId: string,
  { authorization, ...body }: Record<string, string>,
): Promise<Response> {
  const { code, verifier } = await signIn(server, { clientId })
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier, ...body }
  return server.fetch(
    new Request(buildPath('token'), {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: authorization ? { authorization } : {},
    }),
  )
}

describe('a secret with characters that a form encodes', () => {
  it.each(SECRETS)(
    'is taken from a Basic header as it is, form-encoded and percent-encoded: %s',
    async (secret) => {
      for (const encode of [raw, formEncoded, percentEncoded]) {
        const server = createServer(clientWith(secret))
        expect((await exchange(server, 'web', { authorization: encode('web', secret) })).status).toBe(200)
        const wrong = encode('web', `${secret.slice(0, -1)}?`)
        expect((await exchange(server, 'web', { authorization: wrong })).status).toBe(401)
      }
    },
  )

  it.each(SECRETS)('is taken from the body: %s', async (secret) => {
    const server = createServer(clientWith(secret))
    expect((await exchange(server, 'web', { client_id: 'web', client_secret: secret })).status).toBe(200)
  })

  it('is taken from a body in which + was not encoded', async () => {
    const [secret] = SECRETS as [string]
    const server = createServer(clientWith(secret))
    const { code, verifier } = await signIn(server, { clientId: 'web' })
    const response = await server.fetch(
      new Request(buildPath('token'), {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `grant_type=authorization_code&code=${code}&code_verifier=${verifier}&client_id=web&client_secret=${secret}`,
      }),
    )
    expect(response.status).toBe(200)
  })

  it('belongs to a client whose id has such characters too', async () => {
    const [secret] = SECRETS as [string]
    const id = 'a+b%2Fc@example.com'
    const server = createServer(clientWith(secret, id))
    for (const encode of [raw, formEncoded, percentEncoded]) {
      expect((await exchange(server, id, { authorization: encode(id, secret) })).status).toBe(200)
    }
  })

  it.each(SECRETS.slice(0, 3))('is sent by the official client of SDK 1.x: %s', async (secret) => {
    const server = createServer(clientWith(secret))
    const { code, verifier } = await signIn(server, { clientId: 'web' })
    const tokens = await exchangeAuthorization(ISSUER, {
      metadata: server.metadata as never,
      clientInformation: { client_id: 'web', client_secret: secret },
      authorizationCode: code,
      codeVerifier: verifier,
      redirectUri: REDIRECT_URI,
      resource: new URL(RESOURCE),
      fetchFn: (url, init) => server.fetch(new Request(url, init)),
    })
    expect(tokens.access_token).toBeTruthy()
  })
})

describe('the method of a registered client', () => {
  const methods = (id: string, secret: string): Record<string, Record<string, string>> => ({
    client_secret_basic: { authorization: raw(id, secret) },
    client_secret_post: { client_id: id, client_secret: secret },
  })

  it.each([undefined, null])('may be either where it named %s', async (token_endpoint_auth_method) => {
    const server = createServer()
    for (const name of ['client_secret_basic', 'client_secret_post']) {
      const { client_id, client_secret } = await registerClient(server, { token_endpoint_auth_method })
      expect((await exchange(server, client_id, methods(client_id, client_secret)[name]!)).status).toBe(200)
      expect((await exchange(server, client_id, methods(client_id, 'wrong')[name]!)).status).toBe(401)
      expect((await exchange(server, client_id, { client_id })).status).toBe(401)
    }
  })

  it.each([
    ['client_secret_basic', 'client_secret_post'],
    ['client_secret_post', 'client_secret_basic'],
  ])('is %s where it named that, and not %s', async (named, other) => {
    const server = createServer()
    const { client_id, client_secret } = await registerClient(server, { token_endpoint_auth_method: named })
    const response = await exchange(server, client_id, methods(client_id, client_secret)[other]!)
    expect(response.status).toBe(401)
    expect(((await response.json()) as any).error_description).toContain(
      `registered the method ${named}, and used ${other}`,
    )
    expect((await exchange(server, client_id, methods(client_id, client_secret)[named]!)).status).toBe(200)
  })

  it('is none for a public one, which may send an empty secret (RFC 6749 2.3.1) and no other', async () => {
    const server = createServer()
    const { client_id } = await registerClient(server)
    const answers = [
      { client_id, client_secret: '' },
      { authorization: raw(client_id, '') },
      { client_id, client_secret: 'x' },
    ].map((credentials) => exchange(server, client_id, credentials as Record<string, string>))
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 401])
  })
})

describe('a refusal of the token endpoint', () => {
  it.each<[what: string, credentials: Record<string, string>, said: string]>([
    ['no client_id', {}, 'client_id is missing'],
    ['an assertion', { client_assertion: 'x.y.z' }, 'client_assertion is not supported'],
    ['an unknown client', { client_id: 'nobody' }, 'not known, or its registration has expired'],
    ['no secret', { client_id: 'web' }, 'client_secret is missing'],
    ['a wrong secret', { client_id: 'web', client_secret: 'x' }, 'client_secret is wrong'],
    ['a wrong secret in the header', { authorization: raw('web', 'x') }, 'form-encoded'],
    ['another scheme', { authorization: 'Bearer x', client_id: 'web' }, 'must be Basic'],
    ['both places', { authorization: raw('web', 'x'), client_secret: 'x' }, 'not in both'],
    ['two clients', { authorization: raw('web', 'x'), client_id: 'other' }, 'another one'],
  ])('says what is wrong with %s', async (_, credentials, said) => {
    const response = await exchange(createServer(clientWith('x'.repeat(32))), 'web', credentials)
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({
      error: 'invalid_client',
      error_description: expect.stringContaining(said),
    })
  })

  it('names the grant types, the content type and the parameter', async () => {
    const server = createServer(clientWith('x'.repeat(32)))
    const post = async (body: string, type = 'application/x-www-form-urlencoded') => {
      const headers = { 'content-type': type }
      const response = await server.fetch(new Request(buildPath('token'), { method: 'POST', headers, body }))
      return ((await response.json()) as any).error_description
    }
    const { client_id } = await registerClient(server)
    expect(await post(`grant_type=password&client_id=${client_id}`)).toContain('authorization_code')
    expect(await post('{}', 'application/json')).toContain('application/x-www-form-urlencoded')
    expect(await post('code=x&code=y')).toContain('repeated: code')
  })

  it('keeps the code for the right secret', async () => {
    const [secret] = SECRETS as [string]
    const server = createServer(clientWith(secret))
    const signedIn = await signIn(server, { clientId: 'web' })
    expect(await readError(await exchangeCode(server, signedIn, { client_secret: 'wrong' }))).toBe(
      'invalid_client',
    )
    expect((await exchangeCode(server, signedIn, { client_secret: secret })).status).toBe(200)
  })
})
