import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { auth0, cognito, github, google, keycloak, microsoft, type OAuthServer, oidc, okta } from './index.ts'
import type { Browser } from './testing/browser.ts'
import {
  buildAuthorizationUrl,
  buildPath,
  createBrowser,
  createPkce,
  createServer,
  exchangeCode,
  ISSUER,
  isAccepted,
  postForm,
  readError,
  refreshWith,
  registerClient,
  type SignedIn,
  type Tokens,
} from './testing/flow.ts'
import { type RealProvider, signInAtProvider, startProvider } from './testing/provider.ts'

const CALLBACK = buildPath('callback')
let provider: RealProvider

beforeAll(async () => {
  provider = await startProvider(() => CALLBACK)
})
afterAll(() => provider?.close())

const createUpstreamServer = (options: Parameters<typeof createServer>[0] = {}): OAuthServer => {
  const { issuer, clientId, clientSecret } = provider
  return createServer({
    upstreamProvider: oidc({ issuer, clientId, clientSecret, authorizationParams: { prompt: 'consent' } }),
    ...options,
  })
}

interface Begun {
  browser: Browser
  clientId: string
  verifier: string
  /** Where the consent sent the browser to. */
  upstream: string
  consent: Response
}

async function begin(server: OAuthServer): Promise<Begun> {
  const { client_id } = await registerClient(server)
  const { verifier, challenge } = createPkce()
  const browser = createBrowser(server, '')
  const page = await browser.open(buildAuthorizationUrl(client_id, challenge))
  const consent = await browser.decide(page)
  return { browser, clientId: client_id, verifier, upstream: consent.headers.get('location')!, consent }
}

async function finish({ browser, clientId, verifier, upstream }: Begun): Promise<SignedIn> {
  const back = await browser.open(await signInAtProvider(upstream))
  const callback = new URL(back.headers.get('location')!).searchParams
  return { clientId, verifier, code: callback.get('code')!, callback }
}

const getTokens = async (server: OAuthServer): Promise<{ tokens: Tokens; clientId: string }> => {
  const signedIn = await finish(await begin(server))
  return {
    tokens: (await (await exchangeCode(server, signedIn)).json()) as Tokens,
    clientId: signedIn.clientId,
  }
}

describe('a real OpenID provider as the upstream', () => {
  it('pain 14: signs users in at a provider that nobody can register at', async () => {
    const server = createUpstreamServer()
    expect(server.callbackUrl).toBe(CALLBACK)
    const { tokens } = await getTokens(server)
    expect(decodeJwt(tokens.access_token)).toMatchObject({
      iss: ISSUER,
      sub: 'ann',
      name: 'ANN',
      email: 'ann@example.com',
      idp: 'oidc',
    })
    expect(await isAccepted(server, tokens.access_token)).toBe(true)
  })

  it('pain 14: uses PKCE towards it, with another verifier than the application, and a nonce', async () => {
    const server = createUpstreamServer()
    const begun = await begin(server)
    const asked = new URL(begun.upstream).searchParams
    expect(asked.get('code_challenge_method')).toBe('S256')
    expect(asked.get('nonce')).toBeTruthy()
    expect(asked.get('state')).toMatch(/^[\w-]{43}$/)
    expect(asked.get('redirect_uri')).toBe(CALLBACK)
    const { upstream: other } = await begin(server)
    for (const name of ['code_challenge', 'state', 'nonce']) {
      expect(new URL(other).searchParams.get(name)).not.toBe(asked.get(name))
    }
  })

  it('C7.4 C7.1: goes to the provider, and sets the cookie of the state, after consent and not before', async () => {
    const server = createUpstreamServer()
    const { client_id } = await registerClient(server)
    const browser = createBrowser(server, '')
    const page = await browser.open(buildAuthorizationUrl(client_id, createPkce().challenge))
    expect(page.headers.get('location')).toBeNull()
    expect([...browser.cookies.keys()]).toEqual(['__Host-portico-oauth-browser'])
    const html = await page.text()
    expect(html).toContain('oidc, which is asked for openid, email, profile')
    const denied = await browser.decide(html, 'deny')
    expect(denied.headers.getSetCookie()).toEqual([])
    expect(denied.headers.get('location')).toContain('error=access_denied')
    const allowed = await browser.decide(html)
    expect(allowed.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-portico-oauth-state-[\w-]{16}=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
      ),
    ])
  })

  it('C7.4: refuses a callback in a browser that did not begin it, which can still finish', async () => {
    const server = createUpstreamServer()
    const begun = await begin(server)
    const back = await signInAtProvider(begun.upstream)
    const stolen = await createBrowser(server, '').open(back)
    expect([stolen.status, stolen.headers.get('location')]).toEqual([400, null])
    expect((await begun.browser.open(back)).headers.get('location')).toContain('code=')
  })

  it('C7.4: takes a state once, and none that it did not give', async () => {
    const server = createUpstreamServer()
    const begun = await begin(server)
    const back = await signInAtProvider(begun.upstream)
    const { cookies } = begun.browser
    const kept = new Map(cookies)
    await begun.browser.open(back)
    for (const [name, value] of kept) cookies.set(name, value)
    expect((await begun.browser.open(back)).status).toBe(400)
    expect((await begun.browser.open(`${CALLBACK}?code=x&state=${'x'.repeat(43)}`)).status).toBe(400)
    expect((await begun.browser.open(`${CALLBACK}?code=x`)).status).toBe(400)
  })

  it('C7.4: a state is over after ten minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const server = createUpstreamServer()
    const begun = await begin(server)
    const state = new URL(begun.upstream).searchParams.get('state')
    vi.setSystemTime(Date.now() + 601_000)
    expect((await begun.browser.open(`${CALLBACK}?code=x&state=${state}`)).status).toBe(400)
    vi.useRealTimers()
  })

  it('pain 23: counts the sign-ins that an address begins, each of which is kept', async () => {
    // a limit refills while a busy machine takes its time
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const server = createUpstreamServer()
    const { client_id } = await registerClient(server)
    const browser = createBrowser(server, '')
    const url = buildAuthorizationUrl(client_id, createPkce().challenge)
    const statuses: number[] = []
    for (let time = 0; time < 61; time++)
      statuses.push((await browser.decide(await browser.open(url))).status)
    expect(statuses.slice(0, 60)).toEqual(Array(60).fill(303))
    expect(statuses[60]).toBe(429)
  })

  it.each<[row: string, change: (url: URL) => void, error: string]>([
    [
      'RFC 9207: of another issuer',
      (url) => url.searchParams.set('iss', 'https://evil.example'),
      'temporarily_unavailable',
    ],
    [
      'with a code that the provider does not know',
      (url) => url.searchParams.set('code', 'x'),
      'temporarily_unavailable',
    ],
    [
      'that says no',
      (url) => {
        url.searchParams.delete('code')
        url.searchParams.set('error', 'access_denied')
      },
      'access_denied',
    ],
  ])('tells the application of a callback %s', async (_, change, error) => {
    const server = createUpstreamServer()
    const begun = await begin(server)
    const back = new URL(await signInAtProvider(begun.upstream))
    change(back)
    const location = new URL((await begun.browser.open(back)).headers.get('location')!)
    expect(Object.fromEntries(location.searchParams)).toMatchObject({ error, state: 'a-state', iss: ISSUER })
    expect(location.searchParams.has('code')).toBe(false)
  })

  it('C7.5: signs nobody in whose userinfo is that of somebody else (OpenID Connect Core 5.3.2)', async () => {
    const server = createUpstreamServer({
      fetch: async (url, init) =>
        String(url).endsWith('/me') ? Response.json({ sub: 'eve' }) : fetch(url, init),
    })
    const { callback } = await finish(await begin(server))
    expect(callback.has('code')).toBe(false)
    expect(callback.get('error')).toBe('temporarily_unavailable')
  })

  it('C7.5 C3.4: hands no token of the provider out, and gives it to the host alone', async () => {
    const server = createUpstreamServer()
    const { tokens } = await getTokens(server)
    const authInfo = await server.verifier.verifyAccessToken(tokens.access_token)
    const token = await server.upstreamToken(authInfo)
    const answer = await fetch(`${provider.issuer}/me`, { headers: { authorization: `Bearer ${token}` } })
    expect(await answer.json()).toMatchObject({ sub: 'ann' })
    expect(JSON.stringify(tokens)).not.toContain(token)
    expect(JSON.stringify(decodeJwt(tokens.access_token))).not.toContain(token)
    expect(await isAccepted(server, token!)).toBe(false)
    expect(await server.upstreamToken(undefined)).toBeUndefined()
  })

  it('C7.5: asks the provider once when its token is over, whoever asks at once, and ends what has ended there', async () => {
    const shortLived = await startProvider(() => CALLBACK, 3)
    const { issuer, clientId, clientSecret } = shortLived
    const server = createServer({
      upstreamProvider: oidc({
        issuer,
        clientId,
        clientSecret,
        scopes: ['openid', 'offline_access'],
        authorizationParams: { prompt: 'consent' },
      }),
    })
    const first = await getTokens(server)
    await new Promise((resolve) => setTimeout(resolve, 3100))
    // at a provider that ends everything where its refresh token is used twice
    const before = await server.verifier.verifyAccessToken(first.tokens.access_token)
    const [answers, upstreamTokens] = await Promise.all([
      Promise.all(
        Array.from({ length: 10 }, () => refreshWith(server, first.clientId, first.tokens.refresh_token)),
      ),
      Promise.all(Array.from({ length: 10 }, () => server.upstreamToken(before))),
    ])
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(new Set(upstreamTokens).size).toBe(1)
    const { refresh_token, access_token } = (await answers[0]!.json()) as any
    const authInfo = await server.verifier.verifyAccessToken(access_token)
    const me = await fetch(`${issuer}/me`, {
      headers: { authorization: `Bearer ${await server.upstreamToken(authInfo)}` },
    })
    expect(me.status).toBe(200)
    await shortLived.forgetSignIns()
    await new Promise((resolve) => setTimeout(resolve, 3100))
    expect(await readError(await refreshWith(server, first.clientId, refresh_token))).toBe('invalid_grant')
    expect(await isAccepted(server, access_token)).toBe(false)
    shortLived.close()
  })

  it('ends the sign-in at the provider when it is revoked here (RFC 7009)', async () => {
    const server = createUpstreamServer()
    const { tokens, clientId } = await getTokens(server)
    const upstreamToken = await server.upstreamToken(
      await server.verifier.verifyAccessToken(tokens.access_token),
    )
    const statusAtProvider = async () =>
      (await fetch(`${provider.issuer}/me`, { headers: { authorization: `Bearer ${upstreamToken}` } })).status
    expect(await statusAtProvider()).toBe(200)
    const answer = await postForm(server, 'revoke', { client_id: clientId, token: tokens.refresh_token })
    expect([answer.status, await statusAtProvider()]).toEqual([200, 401])
  })

  it('signs nobody out while the provider is away, and has nobody sign in', async () => {
    const gone = await startProvider(() => CALLBACK, 1)
    const { issuer, clientId, clientSecret } = gone
    const server = createServer({ upstreamProvider: oidc({ issuer, clientId, clientSecret }) })
    const { tokens, clientId: id } = await getTokens(server)
    gone.close()
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect((await refreshWith(server, id, tokens.refresh_token)).status).toBe(200)
    const away = createServer({ upstreamProvider: oidc({ issuer, clientId, clientSecret }) })
    const { consent } = await begin(away)
    expect([consent.status, consent.headers.get('location')]).toEqual([502, null])
  })
})

describe('an upstream without OpenID Connect', () => {
  // GitHub cannot be reached from a test: what it answers is written after its documentation
  function createGitHubServer(answers: Record<string, () => Response> = {}) {
    const asked: { url: string; headers: Headers; body: URLSearchParams }[] = []
    const server = createServer({
      upstreamProvider: github({ clientId: 'an-id', clientSecret: 'a-secret' }),
      fetch: async (url, init) => {
        const { pathname } = new URL(String(url))
        asked.push({
          url: String(url),
          headers: new Headers(init?.headers),
          body: new URLSearchParams(init?.body as URLSearchParams),
        })
        const answer =
          answers[pathname]?.() ??
          {
            '/login/oauth/access_token': () =>
              Response.json({ access_token: 'gho_token', token_type: 'bearer', scope: 'read:user' }),
            '/user': () => Response.json({ id: 7, login: 'octocat', name: 'Octo', email: null }),
          }[pathname]!()
        return answer
      },
    })
    return { server, asked }
  }

  async function callbackOf(server: OAuthServer) {
    const begun = await begin(server)
    const state = new URL(begun.upstream).searchParams.get('state')
    const back = await begun.browser.open(`${CALLBACK}?code=upstream-code&state=${state}`)
    return { begun, callback: new URL(back.headers.get('location')!).searchParams }
  }

  it('pain 14: signs in at GitHub', async () => {
    const { server, asked } = createGitHubServer()
    const { begun, callback } = await callbackOf(server)
    expect(begun.upstream).toMatch(/^https:\/\/github\.com\/login\/oauth\/authorize\?/)
    const signedIn = { ...begun, code: callback.get('code')!, callback }
    const { access_token } = (await (await exchangeCode(server, signedIn)).json()) as any
    expect(decodeJwt(access_token)).toMatchObject({
      sub: '7',
      name: 'Octo',
      preferred_username: 'octocat',
      idp: 'github',
    })
    expect(asked[0]!.body.get('code_verifier')).toMatch(/^[\w-]{43}$/)
    expect(asked[0]!.body.get('client_secret')).toBe('a-secret')
    expect(asked[1]!.headers.get('authorization')).toBe('Bearer gho_token')
  })

  it.each<[what: string, answers: Record<string, () => Response>, error: string]>([
    [
      'an error inside of a 200',
      { '/login/oauth/access_token': () => Response.json({ error: 'bad_verification_code' }) },
      'temporarily_unavailable',
    ],
    [
      'HTML',
      {
        '/login/oauth/access_token': () =>
          new Response('<p>Oops</p>', { headers: { 'content-type': 'text/html' } }),
      },
      'temporarily_unavailable',
    ],
    ['a 500', { '/user': () => new Response('x', { status: 500 }) }, 'temporarily_unavailable'],
    ['nobody', { '/user': () => Response.json({}) }, 'access_denied'],
    [
      'too much',
      { '/user': () => Response.json({ id: 7, padding: 'x'.repeat(300_000) }) },
      'temporarily_unavailable',
    ],
  ])('tells the application that the provider answered %s', async (_, answers, error) => {
    const { callback } = await callbackOf(createGitHubServer(answers).server)
    expect(callback.get('error')).toBe(error)
    expect(callback.has('code')).toBe(false)
  })

  it('knows where GitHub says who has signed in, when only its other endpoints are named', () => {
    const seed = {
      id: 'github',
      authorizationEndpoint: 'https://github.com/login/oauth/authorize',
      tokenEndpoint: 'https://github.com/login/oauth/access_token',
      clientId: 'an-id',
      clientSecret: 'a-secret',
      scopes: ['read:user'],
    }
    createServer({ upstreamProvider: seed })
    expect(() =>
      createServer({
        upstreamProvider: { ...seed, authorizationEndpoint: 'https://id.example.com/authorize' },
      }),
    ).toThrow(/either userInfoEndpoint or issuer must be given/)
  })
})

describe('presets', () => {
  const client = { clientId: 'an-id', clientSecret: 'a-secret' }
  const tenant = '11111111-2222-3333-4444-555555555555'

  it.each([
    [google(client), 'https://accounts.google.com'],
    [microsoft({ tenant, ...client }), `https://login.microsoftonline.com/${tenant}/v2.0`],
    [auth0({ domain: 'example.eu.auth0.com', ...client }), 'https://example.eu.auth0.com/'],
    [okta({ domain: 'example.okta.com', ...client }), 'https://example.okta.com'],
    [
      okta({ domain: 'example.okta.com', authorizationServer: 'default', ...client }),
      'https://example.okta.com/oauth2/default',
    ],
    [
      keycloak({ url: 'https://id.example.com/auth/', realm: 'my realm', ...client }),
      'https://id.example.com/auth/realms/my%20realm',
    ],
    [
      cognito({ userPoolId: 'eu-west-1_AbCdEf123', ...client }),
      'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123',
    ],
    [oidc({ issuer: 'https://id.example.com', ...client }), 'https://id.example.com'],
  ])('%o has its issuer', (upstreamProvider, issuer) => {
    expect(upstreamProvider).toMatchObject({ issuer, ...client })
    createServer({ upstreamProvider })
  })

  it('refuse what is no tenant, domain or pool', () => {
    expect(() => microsoft({ tenant: 'common', ...client })).toThrow(/tenant/)
    expect(() => auth0({ domain: 'https://example.auth0.com', ...client })).toThrow(/domain/)
    expect(() => okta({ domain: 'example.okta.com/x', ...client })).toThrow(/domain/)
    expect(() => cognito({ userPoolId: 'pool', ...client })).toThrow(/userPoolId/)
    expect(() =>
      createServer({ upstreamProvider: oidc({ issuer: 'http://id.example.com', ...client }) }),
    ).toThrow(/issuer/)
    expect(() => createServer({ upstreamProvider: github({ clientId: '' }) })).toThrow(/clientId/)
  })
})
