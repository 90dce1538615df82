import { officialClients, textOf } from '@portico-example/testing/examples'
import { scopes, staticVerifier, withResourceMetadata } from '@portico-mcp/auth'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startIssuer } from './testing/issuer.ts'
import { call, definition, initialize, keepLines, post, postRaw, rpc, serve } from './testing/serve.ts'

let authority: Awaited<ReturnType<typeof startIssuer>>
beforeAll(async () => {
  authority = await startIssuer()
})
afterAll(() => authority.close())

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const documentAt = async (url: string, path: string) => {
  const response = await fetch(new URL(`/.well-known/oauth-protected-resource${path}`, url))
  return [response.status, await response.json()]
}

describe('auth that names an authorization server', () => {
  const serveGated = (options = {}) =>
    serve(definition(), {
      auth: { authorizationServers: [authority.issuer], requiredScopes: ['notes:read'], ...options },
    })

  it('lets nobody in without a token, and says where tokens come from', async () => {
    const { url } = await serveGated()
    const refused = await post(url)
    expect(refused.status).toBe(401)
    const { origin } = new URL(url)
    const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`
    expect(refused.headers.get('www-authenticate')).toBe(
      `Bearer scope="notes:read", resource_metadata="${metadata}"`,
    )
    expect(await (await fetch(metadata)).json()).toEqual({
      resource: url,
      authorization_servers: [authority.issuer],
      scopes_supported: ['notes:read'],
      bearer_methods_supported: ['header'],
    })
  })

  it.each(Object.entries(officialClients))('verifies its tokens: the client %s', async (_, connect) => {
    const { url } = await serveGated()
    const client = await connect(url, bearer(await authority.issue(url)))
    const said = textOf((await client.callTool({ name: 'echo', arguments: {} })) as any)
    expect(JSON.parse(said)).toMatchObject({ client: 'app' })
    await client.close()
    await expect(connect(url)).rejects.toThrow()
  })

  it('refuses tokens for another resource, and asks for scopes that are missing', async () => {
    const { url } = await serveGated()
    const other = await authority.issue('https://other.example.com/mcp')
    expect((await post(url, rpc('ping'), bearer(other))).status).toBe(401)
    const narrow = await authority.issue(url, 'notes:write')
    const refused = await post(url, rpc('ping'), bearer(narrow))
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      403,
      expect.stringContaining('insufficient_scope'),
    ])
  })

  it('describes the resource that it is told of at every place where clients look', async () => {
    const resource = 'https://api.example.com'
    const { url } = await serveGated({ resource, documentationUrl: 'https://docs.example.com/auth' })
    const document = {
      resource,
      authorization_servers: [authority.issuer],
      resource_documentation: 'https://docs.example.com/auth',
    }
    for (const path of ['', '/', '/mcp']) {
      expect(await documentAt(url, path)).toEqual([200, expect.objectContaining(document)])
    }
    expect((await documentAt(url, '/other'))[0]).toBe(404)
    expect((await post(url, rpc('ping'), bearer(await authority.issue(resource)))).status).toBe(200)
    expect((await post(url)).headers.get('www-authenticate')).toContain(
      'resource_metadata="https://api.example.com/.well-known/oauth-protected-resource"',
    )
  })

  it('describes the endpoint at the root as well, as withResourceMetadata does', async () => {
    const resource = 'https://api.example.com/mcp'
    const { url } = await serveGated({ resource })
    const { fetch: discovered } = withResourceMetadata(
      { fetch: async () => new Response() },
      {
        resourceServerUrl: resource,
        authorizationServers: ['https://auth.example.com'],
      },
    )
    for (const path of ['', '/mcp']) {
      const asked = new Request(`https://api.example.com/.well-known/oauth-protected-resource${path}`)
      const { resource: said } = await (await discovered(asked)).json()
      expect([said, (await documentAt(url, path))[1]]).toEqual([
        resource,
        expect.objectContaining({ resource }),
      ])
    }
    expect((await fetch(new URL('/.well-known/openid-configuration', url))).status).toBe(404)
  })

  it('serves the host of the resource', async () => {
    const { url } = await serveGated({ resource: 'https://api.example.com/mcp' })
    expect((await postRaw(url, { host: 'api.example.com' })).status).toBe(401)
    expect((await postRaw(url, { host: 'other.example.com' })).status).toBe(403)
  })

  it('takes the resource from the public URL, never from what a request says', async () => {
    const { url } = await serve(definition(), {
      publicUrl: 'https://mcp.example.com',
      auth: { authorizationServers: [authority.issuer] },
    })
    const refused = await post(url, rpc('ping'), { 'x-forwarded-host': 'evil.example' })
    expect(refused.headers.get('www-authenticate')).toContain(
      'https://mcp.example.com/.well-known/oauth-protected-resource/mcp',
    )
    expect((await documentAt(url, '/mcp'))[1]).toMatchObject({ resource: 'https://mcp.example.com/mcp' })
  })

  it('refuses a resource that is no URL', async () => {
    await expect(serveGated({ resource: 'notes' })).rejects.toMatchObject({
      code: 'invalid-option',
      option: 'auth.resource',
    })
  })

  it('leaves probes and documents to everyone', async () => {
    const { url } = await serveGated()
    for (const path of ['/health', '/ready', '/.well-known/oauth-protected-resource']) {
      expect((await fetch(new URL(path, url))).status).toBe(200)
    }
  })

  it('builds no server before somebody may have one', async () => {
    const factory = vi.fn(() => {
      throw new Error('who is it?')
    })
    const { url } = await serve(factory, { auth: { authorizationServers: [authority.issuer] } })
    await post(url)
    expect(factory).not.toHaveBeenCalled()
  })
})

describe('auth with a verifier', () => {
  const verifier = staticVerifier({
    ann: { clientId: 'ann', scopes: ['read', 'write'] },
    bob: { clientId: 'bob', scopes: ['read'] },
  })

  it('asks it, and serves no document of an authorization server that it does not know', async () => {
    const { url } = await serve(definition(), { auth: { verifier } })
    expect((await call(url, 'echo', bearer('ann'))).status).toBe(200)
    const refused = await call(url, 'echo', bearer('eve'))
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      expect.not.stringContaining('resource_metadata'),
    ])
    expect((await documentAt(url, ''))[0]).toBe(404)
  })

  it('takes several', async () => {
    const second = staticVerifier({ carl: { clientId: 'carl' } })
    const { url } = await serve(definition(), { auth: { verifier: [verifier, second] } })
    for (const token of ['ann', 'carl']) expect((await call(url, 'echo', bearer(token))).status).toBe(200)
  })

  it('has public methods, and scopes of single tools', async () => {
    const { url } = await serve(definition(), {
      auth: { verifier, publicMethods: ['ping'], scopes: scopes({ tools: { fail: ['write'] } }) },
    })
    expect((await post(url)).status).toBe(200)
    expect((await post(url, rpc('tools/list'))).status).toBe(401)
    expect((await call(url, 'fail', bearer('bob'))).status).toBe(403)
    const { result } = (await (await post(url, rpc('tools/list'), bearer('bob'))).json()) as any
    expect(result.tools.map(({ name }: { name: string }) => name)).toEqual(['echo'])
  })

  it('keeps the sessions of one caller from another', async () => {
    const { url } = await serve(definition(), { stateless: false, auth: { verifier } })
    const opened = await post(url, initialize, bearer('ann'))
    const session = { 'mcp-session-id': opened.headers.get('mcp-session-id')! }
    expect((await post(url, rpc('ping'), { ...session, ...bearer('ann') })).status).toBe(200)
    expect((await post(url, rpc('ping'), { ...session, ...bearer('bob') })).status).toBe(404)
  })

  it('counts a caller by its identity where requests are limited', async () => {
    const rateLimit = { capacity: 1, refillPerSecond: 0.1 }
    const { url } = await serve(definition(), { auth: { verifier }, rateLimit })
    const statuses = []
    for (const token of ['ann', 'bob', 'ann']) {
      statuses.push((await post(url, rpc('ping'), bearer(token))).status)
    }
    expect(statuses).toEqual([200, 200, 429])
  })

  it('logs whom it refuses, and no token', async () => {
    const { lines, logger } = keepLines()
    const { url } = await serve(definition(), { auth: { verifier }, logger })
    await post(url, rpc('ping'), bearer('eve-and-her-token'))
    expect(lines).toContainEqual(
      expect.objectContaining({
        level: 'info',
        details: expect.objectContaining({ reason: 'unknown-token' }),
      }),
    )
    expect(JSON.stringify(lines)).not.toContain('eve-and-her-token')
  })
})
