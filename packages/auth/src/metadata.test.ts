import * as client2 from '@modelcontextprotocol/client'
import * as client1 from '@modelcontextprotocol/sdk/client/auth.js'
import { describe, expect, it, vi } from 'vitest'
import {
  getOAuthProtectedResourceMetadataUrl,
  getWwwAuthenticateHeader,
  oauthMetadataResponse,
  staticVerifier,
  withAuth,
  withResourceMetadata,
} from './index.ts'
import { createNotes, message, post } from './testing/notes.ts'

const issuer = 'https://auth.example.com'
const oauthMetadata = { issuer, token_endpoint: `${issuer}/token` }
const get = (url: string, method = 'GET', headers = {}) => new Request(url, { method, headers })
const at = (path: string, origin = 'https://mcp.example.com') =>
  `${origin}/.well-known/oauth-protected-resource${path}`

const create = (resourceServerUrl: string | string[], more = {}) =>
  withResourceMetadata(
    createNotes().handler,
    [resourceServerUrl]
      .flat()
      .map((url) => ({ resourceServerUrl: url, authorizationServers: [issuer], ...more })),
  )

describe('protected-resource metadata', () => {
  it.each([
    ['https://mcp.example.com/', '', 'https://mcp.example.com'],
    ['https://mcp.example.com/mcp', '/mcp', 'https://mcp.example.com/mcp'],
    ['https://mcp.example.com/mcp', '/mcp/', 'https://mcp.example.com/mcp/'],
    ['https://mcp.example.com/api/mcp/', '/api/mcp', 'https://mcp.example.com/api/mcp'],
    ['https://mcp.example.com/api/mcp/', '/api/mcp/', 'https://mcp.example.com/api/mcp/'],
    ['https://MCP.example.com:443/mcp', '/mcp', 'https://mcp.example.com/mcp'],
    ['https://mcp.example.com/mcp', '', 'https://mcp.example.com/mcp'],
    ['https://mcp.example.com/mcp', '/', 'https://mcp.example.com/mcp'],
  ])('of %s is at %s, for the resource %s', async (url, path, resource) => {
    const response = await create(url).fetch(get(at(path)))
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'application/json',
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=3600',
    })
    expect(await response.json()).toEqual({
      resource,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
    })
  })

  it('tells several endpoints of one origin apart, and origins too', async () => {
    const handler = create([
      'https://mcp.example.com/a',
      'https://mcp.example.com/b',
      'https://eu.example.com/a',
    ])
    const resourceOf = async (url: string) => (await (await handler.fetch(get(url))).json()).resource
    expect(await resourceOf(at('/a'))).toBe('https://mcp.example.com/a')
    expect(await resourceOf(at('/b'))).toBe('https://mcp.example.com/b')
    expect(await resourceOf(at('/a', 'https://eu.example.com'))).toBe('https://eu.example.com/a')
    expect(await resourceOf(at('', 'https://eu.example.com'))).toBe('https://eu.example.com/a')
    // behind a proxy the origin is not the public one
    expect(await resourceOf(at('/b', 'http://10.0.0.1:3000'))).toBe('https://mcp.example.com/b')
  })

  it('lists scopes and names, without offline_access and without empty lists', async () => {
    const more = {
      scopesSupported: ['notes:read', 'offline_access'],
      resourceName: 'Notes',
      serviceDocumentationUrl: 'https://docs.example.com',
    }
    const full = await (await create('https://mcp.example.com/mcp', more).fetch(get(at('/mcp')))).json()
    expect(full).toMatchObject({
      scopes_supported: ['notes:read'],
      resource_name: 'Notes',
      resource_documentation: 'https://docs.example.com/',
    })
    const bare = await (
      await create('https://mcp.example.com/mcp', { scopesSupported: [] }).fetch(get(at('/mcp')))
    ).json()
    expect(bare).not.toHaveProperty('scopes_supported')
  })

  it('answers HEAD, OPTIONS, and nothing else', async () => {
    const handler = create('https://mcp.example.com/mcp')
    const head = await handler.fetch(get(at('/mcp'), 'HEAD'))
    expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([
      200,
      'application/json',
      '',
    ])
    const preflight = await handler.fetch(
      get(at('/mcp'), 'OPTIONS', { 'access-control-request-headers': 'mcp-protocol-version' }),
    )
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toBe('mcp-protocol-version')
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, HEAD, OPTIONS')
    const refused = await handler.fetch(get(at('/mcp'), 'POST'))
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
  })

  it('leaves everything else to the handler', async () => {
    const handler = create('https://mcp.example.com/mcp')
    expect((await handler.fetch(post(message('ping')))).status).toBe(200)
    expect((await handler.fetch(get(at('/other')))).status).toBe(405)
    expect((await handler.fetch(get(at('x')))).status).toBe(405)
    expect(handler.bus).toBeDefined()
  })

  it('is refused, when it is set up, where it cannot be right', () => {
    expect(() => create('nonsense')).toThrow(TypeError)
    expect(() => create([])).toThrow(TypeError)
    expect(() => create('https://h/mcp', { authorizationServers: ['http://auth.example.com'] })).toThrow(
      'https',
    )
    expect(() => create('https://h/mcp', { authorizationServers: [] })).toThrow('authorizationServers')
  })
})

describe.each([
  ['1.x', client1],
  ['2.x', client2],
])('the official client %s', (_, { discoverOAuthProtectedResourceMetadata: discover, selectResourceURL }) => {
  const server = 'https://mcp.example.com/mcp'
  const handler = create(server)
  const fetch = async (url: string | URL, init?: RequestInit) => handler.fetch(new Request(url, init))

  it('finds the document of the endpoint, with and without a challenge', async () => {
    for (const resourceMetadataUrl of [undefined, at('/mcp')]) {
      const document = await discover(server, { resourceMetadataUrl }, fetch)
      expect(document.resource).toBe(server)
      expect((await selectResourceURL(server, {} as never, document))?.href).toBe(server)
    }
  })

  it('takes the one at the root as well, for the endpoint', async () => {
    const document = await discover(server, { resourceMetadataUrl: at('') }, fetch)
    expect(document.resource).toBe('https://mcp.example.com/mcp')
    expect(await selectResourceURL(server, {} as never, document)).toBeInstanceOf(URL)
  })
})

describe('the mirror of the authorization server', () => {
  it('leaves its document to one on the same origin', async () => {
    const fetch = vi.fn()
    const own = { authorizationServers: ['https://mcp.example.com/login'], fetch }
    const { handler } = createNotes()
    const passed = vi.spyOn(handler, 'fetch')
    const resource = { resourceServerUrl: 'https://mcp.example.com/mcp', ...own }
    await withResourceMetadata(handler, resource).fetch(get(url))
    expect(passed).toHaveBeenCalledTimes(1)
    expect(fetch).not.toHaveBeenCalled()
  })

  const url = 'https://mcp.example.com/.well-known/oauth-authorization-server'

  it('is fetched once, and told as it is', async () => {
    const fetch = vi.fn(async (input: unknown) =>
      String(input).endsWith('openid-configuration')
        ? Response.json(oauthMetadata)
        : new Response('', { status: 404 }),
    )
    const handler = create('https://mcp.example.com/mcp', { fetch })
    const answers = await Promise.all([1, 2, 3].map(() => handler.fetch(get(url))))
    for (const answer of answers) expect(await answer.json()).toEqual(oauthMetadata)
    expect(fetch.mock.calls.map(([input]) => input)).toEqual([
      'https://auth.example.com/.well-known/oauth-authorization-server',
      'https://auth.example.com/.well-known/openid-configuration',
    ])
  })

  it('is looked for wherever an issuer with a path may have it', async () => {
    const asked: string[] = []
    const fetch = async (input: unknown) => {
      asked.push(String(input))
      return new Response('', { status: 404 })
    }
    const handler = create('https://mcp.example.com/mcp', { authorizationServers: [`${issuer}/t`], fetch })
    expect((await handler.fetch(get(url))).status).toBe(502)
    expect(asked).toEqual([
      'https://auth.example.com/.well-known/oauth-authorization-server/t',
      'https://auth.example.com/.well-known/openid-configuration/t',
      'https://auth.example.com/t/.well-known/openid-configuration',
    ])
  })

  it.each([
    ['is another issuer’s', async () => Response.json({ issuer: 'https://evil.example.com' })],
    [
      'is a redirect',
      async () => new Response('', { status: 302, headers: { location: 'http://10.0.0.1' } }),
    ],
    ['cannot be had', () => Promise.reject(new Error('refused'))],
  ])('is 502 where the document %s', async (_, fetch) => {
    const answer = await create('https://mcp.example.com/mcp', { fetch }).fetch(get(url))
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([502, 'no-store'])
  })
})

describe('the published names', () => {
  it('give where metadata is', () => {
    const of = (url: string) => getOAuthProtectedResourceMetadataUrl(new URL(url))
    expect(of('https://h.example/')).toBe('https://h.example/.well-known/oauth-protected-resource')
    expect(of('https://h.example/mcp')).toBe('https://h.example/.well-known/oauth-protected-resource/mcp')
    expect(of('https://h.example/api/mcp/')).toBe(
      'https://h.example/.well-known/oauth-protected-resource/api/mcp',
    )
  })

  it('serve both documents', async () => {
    const options = { oauthMetadata, resourceServerUrl: new URL('https://mcp.example.com/mcp') }
    const serve = (url: string) => oauthMetadataResponse(get(url), options)
    expect(await serve(at('/mcp'))?.json()).toMatchObject({ resource: 'https://mcp.example.com/mcp' })
    expect(await serve('https://h/.well-known/oauth-authorization-server')?.json()).toEqual(oauthMetadata)
    expect(serve('https://mcp.example.com/mcp')).toBeUndefined()
  })

  it('write a challenge', () => {
    expect(getWwwAuthenticateHeader({ resource: 'https://mcp.example.com' })).toBe(
      'Bearer resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource"',
    )
    expect(getWwwAuthenticateHeader()).toBe('Bearer realm="mcp"')
    expect(getWwwAuthenticateHeader({ scopes: ['a', 'offline_access', 'b c', 'a'] })).toBe('Bearer scope="a"')
  })
})

describe('other documents of the origin', () => {
  const resourceServerUrl = 'https://mcp.example.com/mcp'
  const verifier = staticVerifier({ 'token-of-ann': { clientId: 'ann' } })
  const composed = withResourceMetadata(withAuth(createNotes().handler, { resourceServerUrl, verifier }), {
    resourceServerUrl,
    authorizationServers: [issuer],
  })

  it.each([
    '/.well-known/openid-configuration',
    '/.well-known/openid-configuration/mcp',
    '/.well-known/oauth-authorization-server/mcp',
    '/.well-known/oauth-protected-resource/other',
    '/.well-known/security.txt',
  ])('are not there, and no challenge is: %s', async (path) => {
    const { status, headers } = await composed.fetch(get(`https://mcp.example.com${path}`))
    expect([status, headers.get('www-authenticate')]).toEqual([404, null])
  })

  it('leaves the gate of everything else closed', async () => {
    expect((await composed.fetch(get('https://mcp.example.com/mcp'))).status).toBe(401)
    expect((await composed.fetch(get('https://mcp.example.com/.well-known'))).status).toBe(401)
    const posted = new Request('https://mcp.example.com/.well-known/x', { method: 'POST', body: '{}' })
    expect((await composed.fetch(posted)).status).toBe(401)
  })
})
