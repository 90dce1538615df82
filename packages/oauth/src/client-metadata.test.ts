import { registerClient as registerOfficially } from '@modelcontextprotocol/sdk/client/auth.js'
import { describe, expect, it } from 'vitest'
import type { OAuthServerOptions, OAuthServerRefusal } from './index.ts'
import {
  buildAuthorizationUrl,
  buildPath,
  createBrowser,
  createPkce,
  createServer,
  exchangeCode,
  ISSUER,
  REDIRECT_URI,
  registerClient,
  signIn,
} from './testing/flow.ts'

const WEB_URI = 'https://app.example.com/callback'
const CURSOR_URI = 'cursor://anysphere.cursor-mcp/oauth/callback'
const CLIENT_ID = 'https://app.example.com/oauth/client.json'
const { challenge } = createPkce()

/** A server for which one document is all of the internet. */
function serveDocument(document: object, init: ResponseInit = {}, options: Partial<OAuthServerOptions> = {}) {
  const refusals: OAuthServerRefusal[] = []
  const text = JSON.stringify({
    client_id: CLIENT_ID,
    client_name: 'Documented',
    redirect_uris: [REDIRECT_URI],
    ...document,
  })
  const server = createServer({
    fetch: async () => new Response(text, { headers: { 'content-type': 'application/json' }, ...init }),
    lookup: async () => ['93.184.216.34'],
    onerror: (error) => refusals.push(error as OAuthServerRefusal),
    ...options,
  })
  const open = (redirectUri = REDIRECT_URI) =>
    createBrowser(server).open(buildAuthorizationUrl(CLIENT_ID, challenge, { redirect_uri: redirectUri }))
  return { server, refusals, open }
}

describe('a client document with members that the server cannot use', () => {
  it('signs in an application that prefers private_key_jwt and supports none, as ChatGPT does', async () => {
    const { server } = serveDocument({
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
      token_endpoint_auth_signing_alg: 'RS256',
      jwks_uri: 'https://app.example.com/jwks.json',
    })
    const signedIn = await signIn(server, { clientId: CLIENT_ID })
    expect((await exchangeCode(server, signedIn)).status).toBe(200)
  })

  it.each<[what: string, document: object]>([
    [
      'a method with a secret beside none',
      {
        token_endpoint_auth_method: 'client_secret_basic',
        token_endpoint_auth_methods_supported: ['client_secret_basic', 'none'],
      },
    ],
    ['a private scheme beside loopback', { redirect_uris: [CURSOR_URI, REDIRECT_URI] }],
    [
      'a script and a number beside loopback',
      { redirect_uris: ['javascript:alert(1)', 7, null, REDIRECT_URI] },
    ],
    [
      'eleven more redirect URIs',
      {
        redirect_uris: [REDIRECT_URI, ...Array.from({ length: 11 }, (_, n) => `${WEB_URI}/${n}`)],
      },
    ],
    [
      'null for what it does not say',
      {
        token_endpoint_auth_method: null,
        token_endpoint_auth_methods_supported: null,
        grant_types: null,
        response_types: null,
        client_secret: null,
        jwks: null,
      },
    ],
    [
      'grants and answers that are unknown',
      {
        grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code', 7],
        response_types: ['code', 'id_token'],
      },
    ],
    ['a text where a list belongs', { grant_types: 'authorization_code', response_types: 'code' }],
    ['60 kB of keys', { jwks: { keys: [{ x: 'x'.repeat(60_000) }] } }],
  ])('is taken with %s', async (_, document) => {
    expect((await serveDocument(document).open()).status).toBe(200)
  })

  it.each([
    'application/json; charset=utf-8',
    'application/client-metadata+json',
    'text/json',
    'text/plain; charset=utf-8',
    'application/octet-stream',
    'binary/octet-stream',
  ])('is taken as %s', async (type) => {
    expect((await serveDocument({}, { headers: { 'content-type': type } }).open()).status).toBe(200)
  })

  it.each(['text/html', 'text/html; charset=utf-8', 'application/javascript', 'image/svg+xml'])(
    'is not taken as %s',
    async (type) => {
      expect((await serveDocument({}, { headers: { 'content-type': type } }).open()).status).toBe(400)
    },
  )

  it('has no redirect URI that was left out', async () => {
    const { open } = serveDocument({ redirect_uris: [CURSOR_URI, REDIRECT_URI] })
    const page = await open(CURSOR_URI)
    expect([page.status, page.headers.get('location')]).toEqual([400, null])
    expect(await page.text()).toContain('scheme cursor with the option allowedRedirectSchemes')
  })

  it.each<[what: string, document: object, said: string]>([
    [
      'whose method needs a key',
      { token_endpoint_auth_method: 'private_key_jwt' },
      'token_endpoint_auth_method. Supported here: none',
    ],
    [
      'that supports no method but one with a key',
      { token_endpoint_auth_methods_supported: ['private_key_jwt'] },
      'token_endpoint_auth_method. Supported here: none',
    ],
    ['with a private scheme alone', { redirect_uris: [CURSOR_URI] }, 'the option allowedRedirectSchemes'],
    ['with the client_id of another', { client_id: `${CLIENT_ID}?x` }, 'client_id must be the URL'],
    ['without a name', { client_name: null }, 'client_name is missing'],
    ['with a secret', { client_secret: 'x' }, 'must not have a client_secret'],
    ['without the code grant', { grant_types: ['client_credentials'] }, 'grant_types. It must contain'],
  ])('says on the page what to change in one %s', async (_, document, said) => {
    const { open, refusals } = serveDocument(document)
    const page = await open()
    expect(page.status).toBe(400)
    expect(await page.text()).toContain(said)
    expect(refusals).toMatchObject([{ reason: 'bad-client-document' }])
  })
})

describe('a registration with members that the server cannot use', () => {
  it.each<[what: string, metadata: object, registered: object]>([
    [
      'a private scheme beside loopback and https',
      { redirect_uris: [WEB_URI, CURSOR_URI, REDIRECT_URI] },
      { redirect_uris: [WEB_URI, REDIRECT_URI] },
    ],
    [
      'a redirect URI twice',
      { redirect_uris: [WEB_URI, WEB_URI, REDIRECT_URI] },
      { redirect_uris: [WEB_URI, REDIRECT_URI] },
    ],
    [
      'eleven redirect URIs',
      { redirect_uris: Array.from({ length: 11 }, (_, n) => `${WEB_URI}/${n}`) },
      { redirect_uris: Array.from({ length: 10 }, (_, n) => `${WEB_URI}/${n}`) },
    ],
    [
      'ten unusable redirect URIs before a usable one',
      { redirect_uris: [...Array(10).fill(CURSOR_URI), WEB_URI] },
      { redirect_uris: [WEB_URI] },
    ],
    [
      'null for everything but the redirect URIs',
      {
        client_name: null,
        client_uri: null,
        scope: null,
        contacts: null,
        grant_types: null,
        response_types: null,
        token_endpoint_auth_method: null,
      },
      {
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    [
      'a method with a key, and another that is usable',
      {
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_methods_supported: ['private_key_jwt', 'none', 'client_secret_post'],
      },
      { token_endpoint_auth_method: 'client_secret_post' },
    ],
    [
      'grants and answers that are unknown',
      { grant_types: ['implicit', 'authorization_code'], response_types: ['token', 'code'] },
      { grant_types: ['authorization_code'], response_types: ['code'] },
    ],
    ['an empty list of grants', { grant_types: [] }, { grant_types: ['authorization_code'] }],
    [
      'a grant that is no list',
      { grant_types: 'authorization_code' },
      { grant_types: ['authorization_code'] },
    ],
    ['a name that is none', { client_name: { en: 'x' } }, { redirect_uris: [REDIRECT_URI] }],
  ])('registers the rest of %s, and says so', async (_, metadata, registered) => {
    expect(await registerClient(createServer(), metadata)).toMatchObject(registered)
  })

  it('registers as many redirect URIs as an id can hold', async () => {
    const uris = Array.from({ length: 10 }, (_, n) => `https://a.example/${'x'.repeat(400)}/${n}`)
    const { redirect_uris, client_id } = await registerClient(createServer(), { redirect_uris: uris })
    expect(redirect_uris.length).toBeGreaterThan(2)
    expect(redirect_uris).toEqual(uris.slice(0, redirect_uris.length))
    expect(client_id.length).toBeLessThan(8192)
  })

  it('never registers a redirect URI, a grant or a method that was not asked for', async () => {
    const server = createServer()
    const { client_id, ...registered } = await registerClient(server, {
      redirect_uris: [WEB_URI, CURSOR_URI],
      grant_types: ['authorization_code'],
    })
    expect(registered).toMatchObject({
      redirect_uris: [WEB_URI],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'none',
    })
    expect(registered).not.toHaveProperty('client_secret')
    const page = await createBrowser(server).open(
      buildAuthorizationUrl(client_id, challenge, { redirect_uri: CURSOR_URI }),
    )
    expect(page.status).toBe(400)
  })

  it('is what the official client of SDK 1.x goes on with', async () => {
    const server = createServer()
    const registered = await registerOfficially(ISSUER, {
      metadata: server.metadata as never,
      clientMetadata: {
        client_name: 'Official',
        redirect_uris: [CURSOR_URI, REDIRECT_URI],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token', 'urn:example:other'],
      },
      fetchFn: (url, init) => server.fetch(new Request(url, init)),
    })
    expect(registered.redirect_uris).toEqual([REDIRECT_URI])
    const signedIn = await signIn(server, { clientId: registered.client_id })
    expect((await exchangeCode(server, signedIn)).status).toBe(200)
  })
})

describe('private-use schemes of redirect URIs', () => {
  const answer = (allowedRedirectSchemes: string[] | undefined, ...uris: string[]) =>
    registerClient(createServer({ allowedRedirectSchemes }), { redirect_uris: uris })

  it.each([
    CURSOR_URI,
    'vscode://vscode.github-authentication/did-authenticate',
    'vscode-insiders://publisher.extension/callback',
    'claude://claude.ai/mcp-auth-callback',
    'windsurf://codeium.windsurf/oauth',
    'warp://mcp/oauth2callback',
    'com.raycast:/oauth?package_name=Extension',
  ])('allows %s with well-known', async (uri) => {
    expect(await answer(['well-known'], uri)).toMatchObject({ redirect_uris: [uri] })
    const server = createServer({ allowedRedirectSchemes: ['well-known', 'com.example.app'] })
    const { client_id } = await registerClient(server, { redirect_uris: [uri, 'com.example.app:/callback'] })
    const browser = createBrowser(server)
    const page = await browser.open(buildAuthorizationUrl(client_id, challenge, { redirect_uri: uri }))
    expect((await browser.decide(page)).headers.get('location')).toContain('code=')
  })

  it.each([CURSOR_URI, 'com.example.app:/callback', 'well-known://callback'])(
    'names the option that allows %s',
    async (uri) => {
      expect(await answer(undefined, uri)).toEqual({
        error: 'invalid_redirect_uri',
        error_description: expect.stringMatching(/scheme [a-z.-]+ with the option allowedRedirectSchemes$/),
      })
    },
  )

  it.each(['javascript:alert(1)', 'http://app.example.com/', 'mailto:ann@example.com', 'intent://scan/'])(
    'names no option for %s, which nothing allows',
    async (uri) => {
      const { error_description } = await answer(['well-known'], uri)
      expect(error_description).toContain('must be https')
      expect(error_description).not.toContain('allowedRedirectSchemes')
    },
  )

  it.each(['Cursor', 'cursor://', 'https', 'javascript', 'intent', ''])(
    'does not start with the scheme "%s"',
    (scheme) => {
      expect(() => createServer({ allowedRedirectSchemes: [scheme] })).toThrow(
        /oauthServer: allowedRedirectSchemes must be a list of private-use schemes .* \(got "/,
      )
    },
  )
})

it('shows no text of a client in a description that OAuth does not allow there', async () => {
  const response = await createServer().fetch(
    new Request(buildPath('register'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [`x"\\\r\n\u202e${'y'.repeat(500)}`] }),
    }),
  )
  const { error_description } = (await response.json()) as { error_description: string }
  expect(error_description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,300}$/)
})
