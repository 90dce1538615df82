import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { toNodeHandler } from '@portico-mcp/node'
import Provider from 'oidc-provider'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anyOf, introspectionVerifier, oidcVerifier, requireBearerAuth, scopes, withAuth } from './index.ts'
import { bearer, createNotes, post } from './testing/notes.ts'
import { closeServers, listen } from './testing/server.ts'
import { RESOURCE } from './testing/tokens.ts'

let issuer: string
let fetched: string[]
let jwt: string
let opaque: string

beforeAll(async () => {
  let answer: (request: any, response: any) => void = () => {}
  fetched = []
  issuer = await listen((request, response) => {
    fetched.push(request.url!)
    answer(request, response)
  })
  const info = (accessTokenFormat: 'jwt' | 'opaque') => ({
    scope: 'notes:read notes:write',
    audience: RESOURCE,
    accessTokenTTL: 60,
    accessTokenFormat,
  })
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'notes-app',
        client_secret: 'app-secret',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    scopes: ['notes:read', 'notes:write'],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_: unknown, resource: string) =>
          info(resource === RESOURCE ? 'jwt' : 'opaque'),
      },
    },
  })
  answer = provider.callback()
  ;[jwt, opaque] = (await Promise.all([RESOURCE, 'https://mcp.example.com/opaque'].map(issue))) as [
    string,
    string,
  ]
})
afterAll(closeServers)

async function issue(resource: string): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('notes-app:app-secret')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'notes:read', resource }),
  })
  const { access_token } = (await response.json()) as { access_token: string }
  return access_token
}

const options = () => ({
  resourceServerUrl: RESOURCE,
  verifier: anyOf(
    oidcVerifier({ issuer }),
    introspectionVerifier({
      introspectionUrl: `${issuer}/token/introspection`,
      clientId: 'notes-app',
      clientSecret: 'app-secret',
    }),
  ),
  requiredScopes: ['notes:read'],
  scopes: scopes({ tools: { 'purge-*': ['notes:write'] } }),
})

describe('tokens of a real authorization server', () => {
  it('are of both kinds', () => {
    expect([jwt, opaque].map((token) => token.split('.').length)).toEqual([3, 1])
  })

  it('are accepted as JWTs, after one discovery and one fetch of keys', async () => {
    fetched.length = 0
    const gate = requireBearerAuth({ resourceServerUrl: RESOURCE, verifier: oidcVerifier({ issuer }) })
    const answers = await Promise.all([1, 2, 3].map(() => gate(post('', bearer(jwt)))))
    for (const answer of answers) {
      expect(answer).toMatchObject({
        clientId: 'notes-app',
        scopes: ['notes:read'],
        resource: new URL(RESOURCE),
      })
    }
    expect(fetched.filter((path) => path.startsWith('/.well-known/'))).toHaveLength(1)
    expect(fetched.filter((path) => path.endsWith('jwks'))).toHaveLength(1)
  })

  it('are accepted as opaque ones, by introspection', async () => {
    const { scopes: _, ...gate } = options()
    expect(await gate.verifier.verifyAccessToken(opaque)).toMatchObject({
      clientId: 'notes-app',
      scopes: ['notes:read'],
    })
    expect(await requireBearerAuth(gate)(post('', bearer(opaque)))).toMatchObject({
      clientId: 'notes-app',
    })
  })

  it('are refused for another resource, or from another issuer', async () => {
    const { scopes: _, ...given } = options()
    const elsewhere = { ...given, resourceServerUrl: 'https://mcp.example.com/other' }
    for (const token of [jwt, opaque, `${jwt.slice(0, -4)}AAAA`]) {
      expect(await requireBearerAuth(elsewhere)(post('', bearer(token)))).toMatchObject({ status: 401 })
    }
    const gate = requireBearerAuth({ verifier: oidcVerifier({ issuer: `${issuer}/` }) })
    expect(await gate(post('', bearer(jwt)))).toMatchObject({ status: 401 })
  })
})

describe('the official client, with a token', () => {
  const ways = {
    'in process': async () => {
      const handler = withAuth(createNotes().handler, options())
      const fetch = (url: string | URL, init?: RequestInit) => handler.fetch(new Request(url, init))
      return { url: new URL('http://localhost/mcp'), fetch }
    },
    'through node:http': async () => {
      const handler = withAuth(createNotes().handler, options())
      return { url: new URL('/mcp', await listen(toNodeHandler(handler))), fetch: globalThis.fetch }
    },
  }

  it.each(Object.entries(ways))('lists and calls what it may, %s', async (_, open) => {
    const { url, fetch } = await open()
    const client = new Client({ name: 'client', version: '1' })
    await client.connect(
      new StreamableHTTPClientTransport(url, { fetch, requestInit: { headers: bearer(jwt) } }),
    )
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['read-note'])
    const { content } = (await client.callTool({ name: 'read-note' })) as { content: { text: string }[] }
    expect(JSON.parse(content[0]!.text)).toMatchObject({
      identity: { id: 'notes-app', clientId: 'notes-app', scopes: ['notes:read'], aud: RESOURCE },
      extra: { clientId: 'notes-app' },
    })
    await expect(client.callTool({ name: 'purge-all' })).rejects.toThrow('insufficient_scope')
    await client.close()
  })

  it.each(Object.entries(ways))('and without one is told to sign in, %s', async (_, open) => {
    const { url, fetch } = await open()
    const client = new Client({ name: 'client', version: '1' })
    const connecting = client.connect(new StreamableHTTPClientTransport(url, { fetch }))
    await expect(connecting).rejects.toThrow('invalid_token')
  })
})
