import { auth as authOfClient } from '@modelcontextprotocol/client'
import { auth as authOfSdk, type OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import { withAuth, withResourceMetadata } from '@portico-mcp/auth'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { withAuthorizationServer } from './index.ts'
import { createBrowser, createServer, REDIRECT_URI, RESOURCE } from './testing/flow.ts'

const CLIENT_ID = 'https://chatgpt.example.com/oauth/client.json'

/** As ChatGPT describes itself: it prefers a key, and can do without. */
const DOCUMENT = {
  client_id: CLIENT_ID,
  client_name: 'ChatGPT',
  redirect_uris: ['https://chatgpt.example.com/connector_platform_oauth_redirect', REDIRECT_URI],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
  token_endpoint_auth_signing_alg: 'RS256',
  jwks_uri: 'https://chatgpt.example.com/oauth/jwks.json',
}

function serveNotes(options: Parameters<typeof createServer>[0] = {}) {
  const server = createServer({
    fetch: async () => Response.json(DOCUMENT),
    lookup: async () => ['93.184.216.34'],
    ...options,
  })
  const notes = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))
  const gated = withAuth(notes, { resourceServerUrl: RESOURCE, verifier: server.verifier })
  const found = withResourceMetadata(gated, {
    resourceServerUrl: RESOURCE,
    oauthMetadata: server.metadata,
    scopesSupported: ['notes:read'],
  })
  const { fetch } = withAuthorizationServer(found, server)
  return { server, fetchFn: async (url: string | URL, init?: RequestInit) => fetch(new Request(url, init)) }
}

/** An application that keeps everything in memory, and whose user allows everything. */
function createApplication(server: ReturnType<typeof createServer>, metadata: object, documentUrl?: string) {
  const kept: Record<string, any> = {}
  const keep = (name: string) => (value: unknown) => {
    kept[name] = value
  }
  const provider: OAuthClientProvider = {
    redirectUrl: REDIRECT_URI,
    clientMetadata: { client_name: 'Official', redirect_uris: [REDIRECT_URI], ...metadata },
    ...(documentUrl !== undefined && { clientMetadataUrl: documentUrl }),
    clientInformation: () => kept.client,
    saveClientInformation: keep('client'),
    tokens: () => kept.tokens,
    saveTokens: keep('tokens'),
    codeVerifier: () => kept.verifier,
    saveCodeVerifier: keep('verifier'),
    saveDiscoveryState: keep('discovery'),
    discoveryState: () => kept.discovery,
    async redirectToAuthorization(url) {
      const browser = createBrowser(server)
      const answer = await browser.decide(await browser.open(url))
      kept.callback = new URL(answer.headers.get('location')!).searchParams
    },
  }
  return { provider, kept }
}

describe.each([
  ['SDK 1.x', authOfSdk],
  ['2.x', authOfClient as unknown as typeof authOfSdk],
])('the official client of %s', (_, auth) => {
  it.each<[how: string, metadata: object, documentUrl: string | undefined]>([
    ['the document of ChatGPT', {}, CLIENT_ID],
    ['a registration without a method', {}, undefined],
    [
      'a registration with a scheme that is not allowed',
      { redirect_uris: ['cursor://callback', REDIRECT_URI] },
      undefined,
    ],
    ['a registration with scopes of OpenID Connect', { scope: 'openid email profile' }, undefined],
  ])('signs in by %s', async (_, metadata, documentUrl) => {
    const { server, fetchFn } = serveNotes()
    const { provider, kept } = createApplication(server, metadata, documentUrl)
    expect(await auth(provider, { serverUrl: RESOURCE, fetchFn })).toBe('REDIRECT')
    const { code, iss } = Object.fromEntries(kept.callback)
    const options = { serverUrl: RESOURCE, fetchFn, authorizationCode: code, iss }
    expect(await auth(provider, options)).toBe('AUTHORIZED')
    if (documentUrl) expect(kept.client.client_id).toBe(documentUrl)
    const claims = await server.verifyToken(kept.tokens.access_token)
    expect(claims).toMatchObject({ sub: 'ann', client_id: kept.client.client_id })
    // and again, by the refresh token
    expect(await auth(provider, { serverUrl: RESOURCE, fetchFn })).toBe('AUTHORIZED')
  })
})
