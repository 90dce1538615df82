import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  buildAuthorizationUrl,
  buildPath,
  createBrowser,
  createPkce,
  createServer,
  exchangeCode,
  getTokens,
  REDIRECT_URI,
  readError,
  refreshWith,
  registerClient,
  SECRET,
  signIn,
} from './testing/flow.ts'

afterEach(() => vi.useRealTimers())

const { challenge } = createPkce()

const postJson = (server: ReturnType<typeof createServer>, body: string, type = 'application/json') =>
  server.fetch(
    new Request(buildPath('register'), { method: 'POST', headers: { 'content-type': type }, body }),
  )

describe('registration (RFC 7591)', () => {
  it('C6.7: gives a public client an id alone', async () => {
    const server = createServer()
    const response = await postJson(
      server,
      JSON.stringify({
        client_name: 'An application',
        redirect_uris: [REDIRECT_URI],
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        scope: 'whatever',
        unknown: { member: 1 },
      }),
    )
    expect(response.status).toBe(201)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toEqual({
      client_id: expect.any(String),
      client_id_issued_at: expect.any(Number),
      client_name: 'An application',
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    })
  })

  it('C6.7: gives a confidential one a secret, and says when it expires', async () => {
    const client = await registerClient(createServer(), { token_endpoint_auth_method: undefined })
    expect(client).toMatchObject({
      token_endpoint_auth_method: 'client_secret_basic',
      client_secret: expect.stringMatching(/^[\w-]{43}$/),
      client_secret_expires_at: client.client_id_issued_at + 365 * 24 * 3600,
    })
  })

  it.each<[row: string, uri: unknown]>([
    ['plain http elsewhere', 'http://app.example.com/callback'],
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:text/html,x'],
    ['a private scheme that nobody allowed', 'cursor://callback'],
    ['a fragment', 'https://app.example.com/#x'],
    ['credentials', 'https://user:password@app.example.com/'],
    ['a host that hides behind credentials', 'https://app.example.com@evil.example/'],
    ['a backslash', 'https://app.example.com\\@evil.example/'],
    ['a line break', 'https://app.example.com/\r\nset-cookie: x=1'],
    ['a tab', 'https://app.example.com/\tx'],
    ['no URL', 'callback'],
    ['a relative URL', '/callback'],
    ['a host without slashes', 'https:app.example.com'],
    ['what only looks like loopback', 'http://127.0.0.1.evil.example/'],
    ['loopback behind credentials', 'http://localhost:1@evil.example/'],
    ['a host that ends a policy', 'https://a;sandbox/'],
    ['a host that begins another policy', 'https://a,default-src/'],
    ['no text', 7],
    ['too long a text', `https://app.example.com/${'x'.repeat(600)}`],
  ])('C5.3: refuses a redirect URI with %s', async (_, uri) => {
    const response = await postJson(createServer(), JSON.stringify({ redirect_uris: [uri] }))
    expect([response.status, await readError(response)]).toEqual([400, 'invalid_redirect_uri'])
  })

  it.each([
    'http://localhost/callback',
    'http://127.0.0.1:33418/',
    'http://[::1]:1/x',
    'https://vscode.dev/redirect',
  ])('C5.3: takes %s', async (uri) => {
    expect(await registerClient(createServer(), { redirect_uris: [uri] })).toMatchObject({
      redirect_uris: [uri],
    })
  })

  it('takes a private scheme that the host allows', async () => {
    const server = createServer({ allowedRedirectSchemes: ['cursor'] })
    const uri = 'cursor://anysphere.cursor-mcp/oauth/callback'
    const { client_id } = await registerClient(server, { redirect_uris: [uri] })
    const browser = createBrowser(server)
    const page = await browser.open(buildAuthorizationUrl(client_id, challenge, { redirect_uri: uri }))
    expect((await browser.decide(page)).headers.get('location')).toContain(`${uri}?code=`)
  })

  it.each<[what: string, metadata: unknown]>([
    ['no redirect_uris', {}],
    ['none in the list', { redirect_uris: [] }],
    ['redirect_uris that are no list', { redirect_uris: { uri: REDIRECT_URI } }],
    ['a list', []],
    ['null', null],
    ['an implicit client', { redirect_uris: [REDIRECT_URI], response_types: ['token'] }],
    ['no code grant', { redirect_uris: [REDIRECT_URI], grant_types: ['client_credentials'] }],
    ['another auth method', { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: 'private_key_jwt' }],
  ])('C6.7: refuses %s', async (_, metadata) => {
    const response = await postJson(createServer(), JSON.stringify(metadata))
    expect([response.status, await readError(response)]).toEqual([400, 'invalid_client_metadata'])
  })

  it('refuses what is no JSON, or too large', async () => {
    const server = createServer()
    expect((await postJson(server, '{')).status).toBe(400)
    expect((await postJson(server, '{}', 'text/plain')).status).toBe(400)
    expect((await postJson(server, JSON.stringify({ client_name: 'x'.repeat(70_000) }))).status).toBe(413)
  })

  it('C4.6 C6.6: is not there where it is turned off, and neither is what had registered', async () => {
    const { client_id } = await registerClient(createServer())
    const server = createServer({ enableDCR: false })
    expect((await postJson(server, '{}')).status).toBe(404)
    expect(server.metadata).not.toHaveProperty('registration_endpoint')
    expect((await createBrowser(server).open(buildAuthorizationUrl(client_id, challenge))).status).toBe(400)
  })

  it('pain 23: counts registrations by address, and says when to come back, as OAuth has it', async () => {
    // a limit refills while a busy machine takes its time
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const server = createServer()
    const registerFrom = (clientAddress: string) =>
      server.fetch(
        new Request(buildPath('register'), {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-forwarded-for': String(Math.random()) },
          body: JSON.stringify({ redirect_uris: [REDIRECT_URI] }),
        }),
        { clientAddress },
      )
    const answers = await Promise.all(Array.from({ length: 31 }, () => registerFrom('192.0.2.1')))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(1)
    expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused[0]!.json()).toMatchObject({ error: 'temporarily_unavailable' })
    expect((await registerFrom('192.0.2.2')).status).toBe(201)
  })

  it('expires: the application is told, so that it registers again', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const server = createServer({ registrationTTLSeconds: 3600 })
    const { clientId, tokens } = await getTokens(server)
    vi.setSystemTime(Date.now() + 3_601_000)
    const response = await refreshWith(server, clientId, tokens.refresh_token)
    expect([response.status, await readError(response)]).toEqual([401, 'invalid_client'])
    expect((await createBrowser(server).open(buildAuthorizationUrl(clientId, challenge))).status).toBe(400)
  })

  it('pain 16: is known to every node with the secret, also an older one, and to no other', async () => {
    const { client_id } = await registerClient(createServer())
    const statusAt = async (sessionSecret: string | string[]) =>
      (await createBrowser(createServer({ sessionSecret })).open(buildAuthorizationUrl(client_id, challenge)))
        .status
    expect(await statusAt(SECRET)).toBe(200)
    expect(await statusAt([`newer ${SECRET}`, SECRET])).toBe(200)
    expect(await statusAt(`other ${SECRET}`)).toBe(400)
  })

  it('refuses an id that was changed', async () => {
    const server = createServer()
    const { client_id } = await registerClient(server)
    const [header, payload, signature] = client_id.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const forged = Buffer.from(JSON.stringify({ ...claims, u: ['https://evil.example/'] })).toString(
      'base64url',
    )
    const none = Buffer.from('{"alg":"none","typ":"client+jwt"}').toString('base64url')
    for (const id of [`${header}.${forged}.${signature}`, `${none}.${forged}.`]) {
      const url = buildAuthorizationUrl(id, challenge, { redirect_uri: 'https://evil.example/' })
      expect((await createBrowser(server).open(url)).status).toBe(400)
    }
  })
})

describe('who asks at the token endpoint', () => {
  const basic = (id: string, secret: string) => ({
    authorization: `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}`,
  })
  const clients = [
    {
      clientId: 'web',
      clientSecret: 'a secret of the web application, long',
      clientName: 'Web',
      redirectUris: [REDIRECT_URI],
    },
  ]

  async function exchangeAs(credentials: {
    headers?: Record<string, string>
    body?: Record<string, string | undefined>
  }) {
    const server = createServer({ clients })
    const { code, verifier } = await signIn(server, { clientId: 'web' })
    const form = { grant_type: 'authorization_code', code, code_verifier: verifier, ...credentials.body }
    const body = new URLSearchParams(
      Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined),
    )
    return server.fetch(
      new Request(buildPath('token'), { method: 'POST', body, headers: credentials.headers }),
    )
  }

  it('C4.1: takes a secret from the header and from the body', async () => {
    const [{ clientSecret }] = clients as [{ clientSecret: string }]
    expect((await exchangeAs({ headers: basic('web', clientSecret) })).status).toBe(200)
    expect((await exchangeAs({ body: { client_id: 'web', client_secret: clientSecret } })).status).toBe(200)
  })

  it.each<[what: string, credentials: Parameters<typeof exchangeAs>[0]]>([
    ['a wrong secret in the header', { headers: basic('web', 'wrong') }],
    ['a wrong secret in the body', { body: { client_id: 'web', client_secret: 'wrong' } }],
    ['no secret', { body: { client_id: 'web' } }],
    ['an empty secret', { body: { client_id: 'web', client_secret: '' } }],
    ['nobody', {}],
    ['broken Basic credentials', { headers: { authorization: 'Basic !' } }],
    ['Basic credentials without a colon', { headers: { authorization: `Basic ${btoa('web')}` } }],
    ['Basic credentials that are no URL encoding', { headers: { authorization: `Basic ${btoa('web:%')}` } }],
    [
      'credentials in both places',
      { headers: basic('web', clients[0]!.clientSecret), body: { client_secret: clients[0]!.clientSecret } },
    ],
    [
      'another client in the body than in the header',
      { headers: basic('web', clients[0]!.clientSecret), body: { client_id: 'another' } },
    ],
  ])('C4.1: refuses %s', async (_, credentials) => {
    const response = await exchangeAs(credentials)
    expect([response.status, await readError(response)]).toEqual([401, 'invalid_client'])
  })

  it('C4.1: names the scheme to who came with the header', async () => {
    const response = await exchangeAs({ headers: basic('web', 'wrong') })
    expect(response.headers.get('www-authenticate')).toBe('Basic realm="oauth"')
  })

  it('C4.1: holds a registered client to its method and its secret', async () => {
    const server = createServer()
    const confidential = await registerClient(server, { token_endpoint_auth_method: 'client_secret_post' })
    const signedIn = await signIn(server, { clientId: confidential.client_id })
    expect((await exchangeCode(server, signedIn)).status).toBe(401)
    expect((await exchangeCode(server, signedIn, { client_secret: 'x' })).status).toBe(401)
    const { client_secret } = confidential
    expect((await exchangeCode(server, signedIn, { client_secret })).status).toBe(200)
    const other = await registerClient(server, { token_endpoint_auth_method: 'client_secret_post' })
    expect(other.client_secret).not.toBe(client_secret)
  })
})
