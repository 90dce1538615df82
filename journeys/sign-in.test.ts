import { auth } from '@modelcontextprotocol/sdk/client/auth.js'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Application, createApplication } from './testing/application.ts'
import {
  type AuthorizationServer,
  issueToken,
  startAuthorizationServer,
} from './testing/authorization-server.ts'
import { callTool, signIn } from './testing/call-tool.ts'
import { clients } from './testing/clients.ts'
import { startEndpoint } from './testing/endpoint.ts'
import { hosts } from './testing/hosts.ts'
import { createPerson } from './testing/person.ts'
import { closeServers } from './testing/server.ts'

afterAll(closeServers)

describe.each(Object.entries(hosts))('%s', (_, host) => {
  let authorizationServer: AuthorizationServer
  let resource: string

  beforeAll(async () => {
    authorizationServer = await startAuthorizationServer()
    resource = await startEndpoint(host, authorizationServer.issuer)
  })

  it.concurrent.each(Object.entries(clients))(
    'the official client %s discovers, registers, signs in, refreshes what has expired, and steps up',
    async (_, open) => {
      const authorizationServer = await startAuthorizationServer()
      const { issuer, grants, paths } = authorizationServer
      const resource = await startEndpoint(host, issuer)
      const application = createApplication()
      const ann = createPerson('ann')

      const { client, finishAuth } = await signIn(open, new URL(resource), application, ann)
      expect(paths).toEqual(
        expect.arrayContaining(['/.well-known/oauth-authorization-server', '/reg', '/auth']),
      )
      const asked = application.authorizationUrl.searchParams
      expect(Object.fromEntries(asked)).toMatchObject({ code_challenge_method: 'S256', resource })
      expect(asked.get('scope')!.split(' ')).not.toContain('notes:write')
      expect(grants[0]).toMatchObject({ grantType: 'authorization_code', resource })
      const { clientId } = grants[0]!
      const me = { identity: { id: 'ann', clientId, aud: resource }, factory: clientId, extra: clientId }
      expect(await callTool(client, 'whoami')).toMatchObject(me)

      authorizationServer.accessTokenTTL = 1
      await auth(application, { serverUrl: resource })
      await vi.waitFor(() => expect(hasExpired(application)).toBe(true), 10_000)
      authorizationServer.accessTokenTTL = 60
      grants.length = 0
      expect(await callTool(client, 'whoami')).toMatchObject(me)
      expect(grants).toMatchObject([{ grantType: 'refresh_token', clientId }])

      grants.length = 0
      await expect(client.callTool({ name: 'purge-notes' })).rejects.toThrow('Unauthorized')
      expect(application.authorizationUrl.searchParams.get('scope')).toContain('notes:read notes:write')
      await finishAuth(await ann.signIn(application.authorizationUrl))
      expect(await client.callTool({ name: 'purge-notes' })).toMatchObject({ content: [{ text: 'Purged' }] })
      expect(await callTool(client, 'whoami')).toMatchObject(me)
      expect(grants).toMatchObject([{ grantType: 'authorization_code', clientId, resource }])
      await client.close()
    },
    30_000,
  )

  it('says in one answer all scopes that an operation needs', async () => {
    const token = await issueToken(authorizationServer.issuer, resource)
    const response = await callWith(token, 'purge-notes')
    expect(response.status).toBe(403)
    expect(response.headers.get('www-authenticate')).toContain('scope="notes:read notes:write"')
  })

  it('refuses a token that the same server issued for another resource', async () => {
    for (const audience of [`${resource}/other`, new URL(resource).origin, 'https://mcp.example.com/mcp']) {
      const token = await issueToken(authorizationServer.issuer, audience)
      await expectRefused(await callWith(token))
    }
    expect((await callWith(await issueToken(authorizationServer.issuer, resource))).status).toBe(200)
  })

  it.each<[what: string, forge: (token: string) => string]>([
    ['whose claims were changed', (token) => forge(token, {}, { scope: 'notes:read notes:write' })],
    ['that says that nobody signed it', (token) => forge(token, { alg: 'none' }, {}, '')],
    ['that was cut', (token) => token.slice(0, -8)],
    ['that the server would not know either', () => 'an-opaque-token'],
  ])('refuses a token %s', async (_, change) => {
    const token = await issueToken(authorizationServer.issuer, resource)
    await expectRefused(await callWith(change(token)))
  })

  it('refuses a token that another server issued for this resource', async () => {
    const { issuer } = await startAuthorizationServer()
    await expectRefused(await callWith(await issueToken(issuer, resource)))
  })

  async function callWith(token: string, name = 'whoami'): Promise<Response> {
    return fetch(resource, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } }),
    })
  }

  async function expectRefused(response: Response): Promise<void> {
    expect(response.status).toBe(401)
    const metadata = resource.replace('/mcp', '/.well-known/oauth-protected-resource/mcp')
    const challenge = response.headers.get('www-authenticate')
    expect(challenge).toContain('error="invalid_token"')
    expect(challenge).toContain(`resource_metadata="${metadata}"`)
    expect(await response.json()).toMatchObject({ error: 'invalid_token' })
  }
})

const hasExpired = ({ accessToken }: Application): boolean => decodeJwt(accessToken).exp! * 1000 <= Date.now()

/** The parts of a token, some of them changed, without signing it again. */
function forge(token: string, header: object, claims: object, signature = token.split('.')[2]): string {
  const write = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const changed = [
    { ...decodeProtectedHeader(token), ...header },
    { ...decodeJwt(token), ...claims },
  ]
  return `${changed.map(write).join('.')}.${signature}`
}
