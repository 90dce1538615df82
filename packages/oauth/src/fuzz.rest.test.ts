import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  buildAuthorizationUrl,
  buildPath,
  createBrowser,
  createPkce,
  createServer,
  exchangeCode,
  ISSUER,
  isAccepted,
  REDIRECT_URI,
  RESOURCE,
  refreshWith,
  registerClient,
  signIn,
} from './testing/flow.ts'

const RUNS = 300

const names = [
  ...[
    'client_id',
    'redirect_uri',
    'response_type',
    'response_mode',
    'code_challenge',
    'code_challenge_method',
  ],
  ...['scope', 'resource', 'state', 'nonce', 'prompt', 'request', 'request_uri', 'grant_type', 'code'],
  ...[
    'code_verifier',
    'refresh_token',
    'client_secret',
    'token',
    'token_type_hint',
    'transaction',
    'decision',
    'iss',
  ],
]
const values = (...known: string[]) =>
  fc.oneof(
    fc.constantFrom(
      ...known,
      RESOURCE,
      REDIRECT_URI,
      'S256',
      'code',
      'https://app.example.com/c',
      'javascript:x',
      '',
    ),
    fc.string({ unit: 'binary' }),
    fc.string({ maxLength: 2000 }),
    fc.webUrl(),
  )

function isSafe(response: Response): void {
  expect(response.status).toBeLessThan(500)
  const location = response.headers.get('location')
  if (location !== null) expect(location).toMatch(/^(http:\/\/127\.0\.0\.1:\d+\/callback\?|\/login)/)
}

it('answers any request without a 5xx, and redirects nobody to where nobody registered', async () => {
  // no documents: nothing of this leaves the machine
  const server = createServer({
    fetch: async () => new Response('', { status: 404 }),
    lookup: async () => [],
  })
  const { client_id } = await registerClient(server)
  const { code } = await signIn(server)
  const anyValue = values(
    client_id,
    code,
    `${'A'.repeat(22)}.0.${'A'.repeat(43)}`,
    'authorization_code',
    'refresh_token',
  )
  const pairs = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...names), fc.string()), anyValue), {
    maxLength: 12,
  })
  const request = fc.record({
    path: fc.constantFrom(...server.paths, '/oauth/callback', '/oauth', '/'),
    method: fc.constantFrom('GET', 'POST', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'),
    query: pairs,
    form: pairs,
    raw: fc.option(fc.oneof(fc.uint8Array(), fc.json()), { nil: undefined }),
    type: fc.constantFrom(
      'application/x-www-form-urlencoded',
      'application/json',
      'multipart/form-data',
      'x',
    ),
    cookie: fc.option(fc.stringMatching(/^[\x20-\x7e]{0,80}$/), { nil: undefined }),
    authorization: fc.option(
      fc.oneof(fc.stringMatching(/^Basic [\x21-\x7e]{0,60}$/), fc.constant('Bearer x')),
      { nil: undefined },
    ),
  })
  await fc.assert(
    fc.asyncProperty(request, async ({ path, method, query, form, raw, type, cookie, authorization }) => {
      const url = new URL(path, ISSUER)
      for (const [name, value] of query) url.searchParams.append(name, value)
      const headers = new Headers({ 'content-type': type })
      if (cookie !== undefined) headers.set('cookie', cookie)
      if (authorization !== undefined) headers.set('authorization', authorization)
      const hasBody = method === 'POST' || method === 'PUT' || method === 'DELETE'
      const body = raw === undefined ? new URLSearchParams(form).toString() : (raw as BodyInit)
      isSafe(await server.fetch(new Request(url, { method, headers, ...(hasBody && { body }) })))
    }),
    { numRuns: RUNS * 4 },
  )
})

it('registers whatever it takes, and nobody is sent anywhere but there', async () => {
  const server = createServer()
  let users = 0
  const metadata = fc.record(
    {
      client_name: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
      redirect_uris: fc.oneof(
        fc.array(fc.oneof(fc.webUrl(), fc.string(), fc.constant(REDIRECT_URI)), { maxLength: 12 }),
        fc.jsonValue(),
      ),
      grant_types: fc.jsonValue(),
      response_types: fc.jsonValue(),
      token_endpoint_auth_method: fc.oneof(fc.constantFrom('none', 'client_secret_post'), fc.jsonValue()),
    },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(metadata, fc.ipV4(), async (metadata, clientAddress) => {
      const response = await server.fetch(
        new Request(buildPath('register'), {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(metadata),
        }),
        { clientAddress },
      )
      expect([201, 400, 429]).toContain(response.status)
      if (response.status !== 201) return
      const { client_id, redirect_uris } = (await response.json()) as any
      const url = buildAuthorizationUrl(client_id, createPkce().challenge, { redirect_uri: redirect_uris[0] })
      const browser = createBrowser(server, `user${users++}`)
      const page = await browser.open(url)
      expect(page.status).toBe(200)
      expect((await browser.decide(page)).headers.get('location')!.startsWith(redirect_uris[0])).toBe(true)
    }),
    { numRuns: RUNS },
  )
})

it('gives a token for nothing but the right code, verifier, client and redirect URI', async () => {
  const server = createServer()
  const { client_id } = await registerClient(server)
  let users = 0
  const wrong = fc.record(
    {
      client_id: values('another'),
      code: values('x'.repeat(43)),
      code_verifier: fc.oneof(fc.stringMatching(/^[\w.~-]{43,128}$/), values()),
      redirect_uri: values('http://127.0.0.1:1/callback').filter((uri) => uri !== REDIRECT_URI),
      resource: values('https://mcp.example.com/other').filter((value) => value !== RESOURCE),
      grant_type: values('refresh_token').filter((value) => value !== 'authorization_code'),
    },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(
      wrong.filter((change) => Object.keys(change).length > 0),
      async (change) => {
        // the consents of one user are counted
        const signedIn = await signIn(server, { clientId: client_id, user: `user${users++}` })
        const response = await exchangeCode(server, signedIn, change)
        expect(response.status).toBeGreaterThanOrEqual(400)
        expect(response.status).toBeLessThan(500)
      },
    ),
    { numRuns: RUNS / 3 },
  )
})

it('takes no token and no refresh token that differs from a real one in any character', async () => {
  const server = createServer()
  const signedIn = await signIn(server)
  const tokens = (await (await exchangeCode(server, signedIn)).json()) as any
  const change = (token: string, at: number, to: string) => {
    const index = at % token.length
    return `${token.slice(0, index)}${to}${token.slice(index + 1)}`
  }
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.stringMatching(/^[\w.-]$/), async (at, to) => {
      const access = change(tokens.access_token, at, to)
      // the last characters of a base64url text may stand for the same bytes
      if (access.slice(0, -1) !== tokens.access_token.slice(0, -1))
        expect(await isAccepted(server, access)).toBe(false)
      const refresh = change(tokens.refresh_token, at, to)
      if (refresh === tokens.refresh_token) return
      expect((await refreshWith(server, signedIn.clientId, refresh)).status).toBe(400)
    }),
    { numRuns: RUNS },
  )
  expect((await refreshWith(server, signedIn.clientId, tokens.refresh_token)).status).toBe(200)
})
