import { describe, expect, it } from 'vitest'
import {
  buildAuthorizationUrl,
  createBrowser,
  createPkce,
  createServer,
  exchangeCode,
  ISSUER,
  REDIRECT_URI,
  RESOURCE,
  registerClient,
  signIn,
} from './testing/flow.ts'

const { challenge } = createPkce()
const WEB_URI = 'https://app.example.com/callback'

describe('the authorization endpoint', () => {
  it.each<[row: string, change: Record<string, string | undefined>]>([
    ['an unknown client', { client_id: 'nobody' }],
    ['no client', { client_id: undefined }],
    ['C5.3: a redirect URI that is not registered', { redirect_uri: 'https://evil.example/callback' }],
    ['C5.3: a redirect URI with another path', { redirect_uri: `${REDIRECT_URI}/more` }],
    ['C5.3: a redirect URI with a query', { redirect_uri: `${REDIRECT_URI}?more` }],
    ['C5.3: a redirect URI on another loopback name', { redirect_uri: 'http://localhost:7777/callback' }],
    [
      'C5.3: a redirect URI that only looks like loopback',
      { redirect_uri: 'http://127.0.0.1:7777@evil.example/callback' },
    ],
    [
      'C5.3: a redirect URI that begins like loopback',
      { redirect_uri: 'http://127.0.0.1.evil.example/callback' },
    ],
    ['C5.3: a redirect URI in capitals', { redirect_uri: 'http://127.0.0.1:7777/CALLBACK' }],
    ['C5.3: a redirect URI with a fragment', { redirect_uri: `${REDIRECT_URI}#more` }],
  ])('shows a page, and sends nobody anywhere, for %s', async (_, change) => {
    const server = createServer()
    const { client_id } = await registerClient(server)
    const response = await createBrowser(server).open(buildAuthorizationUrl(client_id, challenge, change))
    expect(response.status).toBe(400)
    expect(response.headers.get('location')).toBeNull()
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(await response.text()).not.toContain('<a ')
  })

  it.each<[row: string, change: Record<string, string | undefined>, error: string]>([
    ['C5.1: no code_challenge', { code_challenge: undefined }, 'invalid_request'],
    ['C5.1: the method plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['C5.1: no method, which would be plain', { code_challenge_method: undefined }, 'invalid_request'],
    ['C5.1: a code_challenge that is no digest', { code_challenge: 'short' }, 'invalid_request'],
    ['an implicit flow', { response_type: 'token' }, 'unsupported_response_type'],
    ['a response_mode that leaves codes elsewhere', { response_mode: 'fragment' }, 'invalid_request'],
    ['a request object', { request: 'x.y.z' }, 'request_not_supported'],
    ['C5.5: an unknown resource', { resource: 'https://mcp.example.com/other' }, 'invalid_target'],
    ['C5.5: a resource with a fragment', { resource: `${RESOURCE}#x` }, 'invalid_target'],
    ['unknown scopes', { scope: 'admin' }, 'invalid_scope'],
  ])('C5.4 tells the application, with iss and state, of %s', async (_, change, error) => {
    const server = createServer()
    const { client_id } = await registerClient(server)
    const response = await createBrowser(server).open(buildAuthorizationUrl(client_id, challenge, change))
    expect(response.status).toBe(303)
    const location = new URL(response.headers.get('location')!)
    expect(location.href.startsWith(REDIRECT_URI)).toBe(true)
    expect(Object.fromEntries(location.searchParams)).toMatchObject({ error, state: 'a-state', iss: ISSUER })
  })

  it('C5.3 is no open redirector: what registered itself elsewhere gets a link, and no redirect', async () => {
    const server = createServer()
    const { client_id } = await registerClient(server, { redirect_uris: [WEB_URI] })
    const url = buildAuthorizationUrl(client_id, challenge, { redirect_uri: WEB_URI, scope: 'admin' })
    const response = await createBrowser(server).open(url)
    expect([response.status, response.headers.get('location')]).toEqual([400, null])
    const html = await response.text()
    expect(html).toContain('Back to app.example.com')
    expect(html).toContain('error=invalid_scope')
  })

  it('C5.3: sends on by itself to who is known beforehand', async () => {
    const server = createServer({
      clients: [{ clientId: 'web', clientName: 'Web', redirectUris: [WEB_URI] }],
    })
    const url = buildAuthorizationUrl('web', challenge, { redirect_uri: WEB_URI, scope: 'admin' })
    const response = await createBrowser(server).open(url)
    expect(response.headers.get('location')).toContain(`${WEB_URI}?error=invalid_scope`)
  })

  it.each(['http://127.0.0.1:1/callback', 'http://127.0.0.1:65000/callback', 'http://127.0.0.1/callback'])(
    'C5.3 RFC 8252: takes any port of a loopback redirect URI, such as %s',
    async (redirectUri) => {
      const server = createServer()
      const signedIn = await signIn(server, { parameters: { redirect_uri: redirectUri } })
      const response = await exchangeCode(server, signedIn, { redirect_uri: redirectUri })
      expect(response.status).toBe(200)
    },
  )

  it('C5.6: refuses a parameter that is repeated', async () => {
    const server = createServer()
    const { client_id } = await registerClient(server)
    const url = buildAuthorizationUrl(client_id, challenge)
    url.searchParams.append('redirect_uri', 'https://evil.example/callback')
    const response = await createBrowser(server).open(url)
    expect([response.status, response.headers.get('location')]).toEqual([400, null])
  })

  it('C5.6: ignores unknown parameters, and echoes the state as it was', async () => {
    const server = createServer()
    const state = 'a b&c=d#e%20é"<>'
    const { callback } = await signIn(server, { parameters: { state, unknown: 'x', prompt: 'none' } })
    expect(callback.get('state')).toBe(state)
    expect(callback.get('iss')).toBe(ISSUER)
  })

  it('has no state in the answer where there was none', async () => {
    const { callback } = await signIn(createServer(), { parameters: { state: undefined } })
    expect([...callback.keys()].sort()).toEqual(['code', 'iss'])
  })

  it('C5.6: no script of another page reads it', async () => {
    const server = createServer()
    const { client_id } = await registerClient(server)
    const response = await createBrowser(server).open(buildAuthorizationUrl(client_id, challenge), {
      headers: { origin: 'https://evil.example' },
    })
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('C5.8: leaves out scopes that are unknown or repeated', async () => {
    const server = createServer()
    const signedIn = await signIn(server, {
      parameters: { scope: 'notes:read notes:read admin offline_access' },
    })
    expect(await (await exchangeCode(server, signedIn)).json()).toMatchObject({ scope: 'notes:read' })
  })

  it.each(['openid', 'openid email profile', 'offline_access', ' '])(
    'grants everything that it knows where only scopes of OpenID Connect are asked for: "%s"',
    async (scope) => {
      const server = createServer()
      const signedIn = await signIn(server, { parameters: { scope } })
      expect(await (await exchangeCode(server, signedIn)).json()).toMatchObject({
        scope: 'notes:read notes:write',
      })
    },
  )

  it.each(['admin', 'openid admin', 'notes:read:all'])(
    'names the scopes that it knows where none of "%s" is known',
    async (scope) => {
      const server = createServer()
      const { client_id } = await registerClient(server)
      const response = await createBrowser(server).open(
        buildAuthorizationUrl(client_id, challenge, { scope }),
      )
      const { searchParams } = new URL(response.headers.get('location')!)
      expect(searchParams.get('error')).toBe('invalid_scope')
      expect(searchParams.get('error_description')).toContain('Ask for some of these: notes:read notes:write')
    },
  )

  it('takes any scope where it knows none, and grants none', async () => {
    const server = createServer({ scopesSupported: [] })
    const signedIn = await signIn(server, { parameters: { scope: 'claudeai admin' } })
    expect(await (await exchangeCode(server, signedIn)).json()).toMatchObject({ scope: '' })
  })

  it.each([
    'http://localhost:99999/cb',
    'http://localhost:65536/cb',
    'http://127.0.0.1:70000/cb',
    'http://[::1]:99999/cb',
    'http://localhost:-1/cb',
    'http://[::1/cb',
    'https://exa mple/',
    '//',
    '%',
  ])('refuses the redirect URI %s with a page', async (redirectUri) => {
    const server = createServer()
    const { client_id } = await registerClient(server, {
      redirect_uris: ['http://localhost/cb', 'http://127.0.0.1/cb', 'http://[::1]/cb'],
    })
    const url = buildAuthorizationUrl(client_id, challenge, { redirect_uri: redirectUri })
    const response = await createBrowser(server).open(url)
    expect([response.status, response.headers.get('location')]).toEqual([400, null])
    expect(await response.text()).toContain('not one that the application registered')
  })

  it('grants everything that it knows where no scope is asked for', async () => {
    const server = createServer()
    const signedIn = await signIn(server, { parameters: { scope: undefined } })
    expect(await (await exchangeCode(server, signedIn)).json()).toMatchObject({
      scope: 'notes:read notes:write',
    })
  })

  it('C5.5: takes a resource with a trailing slash, and the only one where none is named', async () => {
    const server = createServer()
    for (const resource of [`${RESOURCE}/`, 'HTTPS://MCP.example.com/mcp', undefined]) {
      const signedIn = await signIn(server, { parameters: { resource } })
      expect((await exchangeCode(server, signedIn, { resource })).status).toBe(200)
    }
  })

  it('C5.5: does not guess among several resources', async () => {
    const server = createServer({ resource: [RESOURCE, 'https://mcp.example.com/other'] })
    const { client_id } = await registerClient(server)
    const url = buildAuthorizationUrl(client_id, challenge, { resource: undefined })
    const response = await createBrowser(server).open(url)
    expect(response.headers.get('location')).toContain('error=invalid_target')
  })

  it('sends who is not signed in to the login of the host, and has them come back', async () => {
    const server = createServer()
    const { client_id } = await registerClient(server)
    const url = buildAuthorizationUrl(client_id, challenge)
    const response = await createBrowser(server, '').open(url)
    expect(response.headers.get('location')).toBe(`/login?to=${encodeURIComponent(url.href)}`)
  })

  it('refuses who is not allowed', async () => {
    const server = createServer({ allowClient: ({ clientName }) => clientName !== 'An application' })
    const { client_id } = await registerClient(server)
    const response = await createBrowser(server).open(buildAuthorizationUrl(client_id, challenge))
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('is not allowed here')
  })
})
