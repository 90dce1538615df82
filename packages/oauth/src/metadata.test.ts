import { requireBearerAuth, withAuth, withResourceMetadata } from '@portico-mcp/auth'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  jwtVerify,
} from 'jose'
import { describe, expect, it } from 'vitest'
import { withAuthorizationServer } from './index.ts'
import {
  buildPath,
  createServer,
  getTokens,
  ISSUER,
  isAccepted,
  RESOURCE,
  registerClient,
  SECRET,
} from './testing/flow.ts'

const get = async (server: { fetch(request: Request): Promise<Response> }, url: string, init?: RequestInit) =>
  server.fetch(new Request(url, init))

describe('metadata (RFC 8414)', () => {
  it('C4.2 C4.5 C4.6: says what clients look for', async () => {
    const server = createServer({ documentationUrl: 'https://docs.example.com' })
    const response = await get(server, `${ISSUER}/.well-known/oauth-authorization-server`)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(await response.json()).toEqual({
      issuer: ISSUER,
      authorization_endpoint: buildPath('authorize'),
      token_endpoint: buildPath('token'),
      registration_endpoint: buildPath('register'),
      revocation_endpoint: buildPath('revoke'),
      jwks_uri: buildPath('jwks'),
      scopes_supported: ['notes:read', 'notes:write'],
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
      revocation_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'client_secret_post'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      client_id_metadata_document_supported: true,
      service_documentation: 'https://docs.example.com',
    })
  })

  it('C4.3 C4.4: is where clients look for an issuer with a path, which stays as it was given', async () => {
    for (const issuer of ['https://auth.example.com/tenant', 'https://auth.example.com/tenant/']) {
      const server = createServer({ issuer })
      for (const path of [
        '/.well-known/oauth-authorization-server/tenant',
        '/tenant/.well-known/oauth-authorization-server',
      ]) {
        const document = (await (await get(server, `https://auth.example.com${path}`)).json()) as any
        expect(document.issuer).toBe(issuer)
        expect(document.token_endpoint).toBe('https://auth.example.com/tenant/oauth/token')
      }
    }
  })

  it('pain 11: takes nothing of it from a request', async () => {
    const server = createServer()
    const response = await get(server, 'http://evil.example/.well-known/oauth-authorization-server', {
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' },
    })
    expect(await response.text()).not.toContain('evil.example')
  })

  it('C4.7: takes no issuer, resource or provider that is not https, but on loopback', () => {
    expect(() => createServer({ issuer: 'http://auth.example.com' })).toThrow(/issuer must be an https URL/)
    expect(() => createServer({ issuer: 'https://auth.example.com?x' })).toThrow(/issuer/)
    expect(() => createServer({ resource: 'http://mcp.example.com/mcp' })).toThrow(
      /resource must be an https URL/,
    )
    expect(() => createServer({ resource: [] })).toThrow(/resource/)
    createServer({ issuer: 'http://127.0.0.1:3000', resource: 'http://localhost:3000/mcp' })
  })

  it('publishes public keys alone, which verify its tokens', async () => {
    const server = createServer()
    const { tokens } = await getTokens(server)
    const jwks = (await (await get(server, buildPath('jwks'))).json()) as any
    expect(jwks.keys).toEqual([
      {
        kty: 'OKP',
        crv: 'Ed25519',
        x: expect.any(String),
        alg: 'EdDSA',
        use: 'sig',
        kid: expect.any(String),
      },
    ])
    const { payload } = await jwtVerify(tokens.access_token, createLocalJWKSet(jwks), {
      issuer: ISSUER,
      audience: RESOURCE,
    })
    expect(payload.sub).toBe('ann')
  })

  it('rotates: an older secret verifies what it signed, until it is taken away', async () => {
    const { tokens } = await getTokens(createServer())
    const rotated = createServer({ sessionSecret: [`newer ${SECRET}`, SECRET], checkRevocation: false })
    expect(await isAccepted(rotated, tokens.access_token)).toBe(true)
    const jwks = (await (await get(rotated, buildPath('jwks'))).json()) as any
    expect(jwks.keys).toHaveLength(2)
    const { tokens: newer } = await getTokens(rotated)
    expect(decodeProtectedHeader(newer.access_token).kid).toBe(jwks.keys[0].kid)
    const gone = createServer({ sessionSecret: `newer ${SECRET}`, checkRevocation: false })
    expect(await isAccepted(gone, tokens.access_token)).toBe(false)
  })

  it.each(['ES256', 'RS256'])(
    'signs with a configured %s key, whose private half nobody sees',
    async (alg) => {
      const { privateKey } = await generateKeyPair(alg, { extractable: true })
      const signingKeys = [{ ...(await exportJWK(privateKey)), alg, kid: 'one' }]
      const server = createServer({ signingKeys })
      const { tokens } = await getTokens(server)
      expect(decodeProtectedHeader(tokens.access_token)).toMatchObject({ alg, kid: 'one' })
      expect(await isAccepted(server, tokens.access_token)).toBe(true)
      const { keys } = (await (await get(server, buildPath('jwks'))).json()) as any
      for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(keys[0]).not.toHaveProperty(member)
    },
  )

  it('takes no key that others could sign with', () => {
    expect(() => createServer({ signingKeys: [{ kty: 'oct', k: 'AAAA', alg: 'HS256' }] })).toThrow(
      /asymmetric/,
    )
    expect(() =>
      createServer({ signingKeys: [{ kty: 'OKP', crv: 'Ed25519', x: 'AAAA', alg: 'EdDSA' }] }),
    ).toThrow(/private/)
  })
})

describe('options', () => {
  it.each<[options: object, message: RegExp]>([
    [
      { sessionSecret: undefined },
      /^oauthServer: sessionSecret must be a secret of at least 32 characters or bytes, or a list of at least one$/,
    ],
    [{ sessionSecret: 'short' }, /sessionSecret/],
    [{ sessionSecret: [] }, /sessionSecret/],
    [{ jwtSigningSecret: 'short' }, /jwtSigningSecret/],
    [{ jwtEncryptionSecret: 'short' }, /jwtEncryptionSecret/],
    [
      { authenticate: undefined },
      /^oauthServer: either upstreamProvider or authenticate must be given \(got neither\)$/,
    ],
    [{ tokenTTL: 0 }, /tokenTTL/],
    [{ refreshGracePeriodSeconds: -1 }, /refreshGracePeriodSeconds/],
    [
      { scopesSupported: ['a b'] },
      /^oauthServer: scopesSupported must be a list of scopes, .* \(got "a b"\)$/,
    ],
    [
      { allowedRedirectSchemes: ['javascript'] },
      /allowedRedirectSchemes must be a list of private-use schemes .* \(got "javascript"\)$/,
    ],
    [
      { clients: [{ clientId: 'x', clientName: 'X', redirectUris: ['http://evil.example'] }] },
      /^oauthServer: client "x": redirectUris must be .* \(got "http:\/\/evil.example"\)$/,
    ],
    [
      {
        clients: [{ clientId: 'x', clientName: 'X', clientSecret: 'y', redirectUris: ['https://a.example'] }],
      },
      /^oauthServer: client "x": clientSecret must be a secret of at least 32 characters$/,
    ],
  ])('refuses %o at once', (options, message) => {
    expect(() => createServer(options)).toThrow(message)
  })
})

describe('found from a 401', () => {
  it.each([
    ['https://mcp.example.com', ISSUER],
    ['https://mcp.example.com/mcp', `${ISSUER}/tenant`],
    ['https://mcp.example.com/api/mcp/', `${ISSUER}/`],
  ])('pain 13 C4.4: at %s, by what the challenge names alone', async (resource, issuer) => {
    const server = createServer({ resource, issuer })
    const notes = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))
    const gated = withAuth(notes, { resourceServerUrl: resource, verifier: server.verifier })
    const site = withAuthorizationServer(
      withResourceMetadata(gated, { resourceServerUrl: resource, oauthMetadata: server.metadata }),
      server,
    )
    const refused = await get(site, resource, { method: 'POST' })
    expect(refused.status).toBe(401)
    const [, url] = /resource_metadata="([^"]+)"/.exec(refused.headers.get('www-authenticate')!)!
    const { authorization_servers } = (await (await get(site, url!)).json()) as any
    expect(authorization_servers).toEqual([issuer])
    const { origin, pathname } = new URL(issuer)
    const document = `${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`
    expect(await (await get(site, document)).json()).toMatchObject({ issuer })
  })

  it('pain 17: by tokens that expire, whatever a mapper does to them', async () => {
    const server = createServer({
      tokenMapper: (claims) => ({ ...claims, exp: null, iss: 'x', sub: 'eve', aud: 'x', role: 'admin' }),
    })
    const { tokens } = await getTokens(server)
    const claims = decodeJwt(tokens.access_token)
    expect(claims).toMatchObject({ iss: ISSUER, sub: 'ann', aud: RESOURCE, role: 'admin' })
    expect(claims.exp! - claims.iat!).toBe(tokens.expires_in)
    const { expiresAt } = await server.verifier.verifyAccessToken(tokens.access_token)
    expect(expiresAt).toBe(claims.exp)
  })

  it('C3.3: by tokens for one resource, which another refuses', async () => {
    const other = 'https://mcp.example.com/other'
    const server = createServer({ resource: [RESOURCE, other] })
    const { tokens } = await getTokens(server)
    const gate = requireBearerAuth({ verifier: server.verifier, resourceServerUrl: other })
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    expect(await gate(new Request(other, { headers }))).toMatchObject({ status: 401 })
    const own = requireBearerAuth({ verifier: server.verifier, resourceServerUrl: RESOURCE })
    expect(await own(new Request(RESOURCE, { headers }))).toMatchObject({
      clientId: expect.any(String),
      scopes: ['notes:read'],
    })
  })

  it('C3.3: refuses what is signed with its key and is no access token', async () => {
    const server = createServer()
    const { client_id } = await registerClient(server)
    expect(await isAccepted(server, client_id)).toBe(false)
  })
})

describe('mounted', () => {
  it('says what is its own, and leaves the rest to the handler', async () => {
    const server = createServer()
    const notes = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))
    const site = withAuthorizationServer(
      withResourceMetadata(notes, { resourceServerUrl: RESOURCE, oauthMetadata: server.metadata }),
      server,
    )
    expect(site.close).toBe(notes.close)
    expect(server.paths).toContain('/oauth/authorize')
    const document = await get(site, 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp')
    expect(await document.json()).toMatchObject({ resource: RESOURCE, authorization_servers: [ISSUER] })
    expect((await get(site, buildPath('jwks'))).status).toBe(200)
    expect((await get(site, RESOURCE)).status).toBe(405)
    expect((await get(server, RESOURCE)).status).toBe(404)
  })

  it('C5.6: lets scripts of any page use what is for scripts, and answers their preflights', async () => {
    const server = createServer()
    for (const path of ['token', 'register', 'revoke']) {
      const response = await get(server, buildPath(path), { method: 'OPTIONS' })
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
      expect(response.headers.get('access-control-allow-methods')).toBe('POST')
    }
    const refused = await get(server, buildPath('token'))
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST'])
    expect(refused.headers.get('access-control-allow-origin')).toBe('*')
    for (const path of ['authorize', 'consent']) {
      const response = await get(server, buildPath(path), { method: 'OPTIONS' })
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([405, null])
    }
  })
})
