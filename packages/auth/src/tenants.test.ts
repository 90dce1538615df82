import { beforeAll, describe, expect, it, vi } from 'vitest'
import {
  anyOf,
  jwtVerifier,
  type OAuthError,
  type OAuthTokenVerifier,
  oidcVerifier,
  staticVerifier,
} from './index.ts'
import { createSigner, RESOURCE, type Signer } from './testing/tokens.ts'

const OURS = '11111111-aaaa-bbbb-cccc-000000000001'
const THEIRS = '22222222-aaaa-bbbb-cccc-000000000002'
const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'
const LOGIN = 'https://login.microsoftonline.com'

let signer: Signer
let personal: Signer
beforeAll(async () => {
  ;[signer, personal] = await Promise.all([createSigner('work'), createSigner('personal')])
})

/** Microsoft Entra, as far as a verifier asks it. */
function entra() {
  return vi.fn(async (input: string | URL | Request) => {
    const { pathname } = new URL(String(input instanceof Request ? input.url : input))
    const documents: Record<string, object> = {
      '/common/v2.0/.well-known/openid-configuration': document(`${LOGIN}/{tenantid}/v2.0`),
      '/organizations/v2.0/.well-known/openid-configuration': document(`${LOGIN}/{tenantid}/v2.0`),
      '/consumers/v2.0/.well-known/openid-configuration': document(`${LOGIN}/${CONSUMERS}/v2.0`),
      '/common/.well-known/openid-configuration': document('https://sts.windows.net/{tenantid}/'),
      '/common/discovery/keys': {
        keys: [{ ...signer.publicJwk }, { ...personal.publicJwk, issuer: `${LOGIN}/${CONSUMERS}/v2.0` }],
      },
    }
    return documents[pathname] ? Response.json(documents[pathname]) : new Response('', { status: 404 })
  })
}
const document = (issuer: string) => ({ issuer, jwks_uri: `${LOGIN}/common/discovery/keys` })

const tokenOf = (tid: unknown, claims: object = {}, by = signer) =>
  by.sign({ iss: `${LOGIN}/${tid}/v2.0`, tid, ...claims } as never)

const outcomeOf = async (verifier: OAuthTokenVerifier, token: Promise<string> | string) =>
  verifier.verifyAccessToken(await token, { expectedResource: new URL(RESOURCE) }).then(
    ({ extra }) => String((extra?.claims as any)?.iss),
    (error: OAuthError) => error.reason ?? String(error),
  )

const tenants = [OURS]
const issuerOf = (tid: string) => `${LOGIN}/${tid}/v2.0`

describe.each([
  [
    'common',
    (options: object) =>
      oidcVerifier({ issuer: `${LOGIN}/common/v2.0`, tenants, fetch: entra() as never, ...options }),
  ],
  [
    'organizations',
    (options: object) =>
      oidcVerifier({ issuer: `${LOGIN}/organizations/v2.0`, tenants, fetch: entra() as never, ...options }),
  ],
  [
    'an issuer with a placeholder',
    (options: object) =>
      oidcVerifier({ issuer: `${LOGIN}/{tenantid}/v2.0`, tenants, fetch: entra() as never, ...options }),
  ],
  [
    'keys at hand',
    (options: object) =>
      jwtVerifier({
        issuer: `${LOGIN}/{tenantid}/v2.0`,
        tenants,
        jwks: { keys: [signer.publicJwk, { ...personal.publicJwk, issuer: issuerOf(CONSUMERS) }] } as never,
        ...options,
      }),
  ],
  [
    'keys that are fetched',
    (options: object) =>
      jwtVerifier({
        issuer: `${LOGIN}/{tenantid}/v2.0`,
        tenants,
        jwksUri: `${LOGIN}/common/discovery/keys`,
        fetch: entra() as never,
        ...options,
      }),
  ],
])('a verifier of many tenants, by %s', (_, create) => {
  it('accepts the tenants that it lists, with the issuer of each', async () => {
    expect(await outcomeOf(create({}), tokenOf(OURS))).toBe(issuerOf(OURS))
    expect(await outcomeOf(create({ tenants: [OURS, THEIRS] }), tokenOf(THEIRS))).toBe(issuerOf(THEIRS))
  })

  it('accepts whom a function lets in', async () => {
    const verifier = create({ tenants: async (id: string) => id === THEIRS })
    expect(await outcomeOf(verifier, tokenOf(THEIRS))).toBe(issuerOf(THEIRS))
    expect(await outcomeOf(verifier, tokenOf(OURS))).toBe('wrong-issuer')
  })

  it.each<[string, () => Promise<string> | string, string]>([
    ['of another tenant', () => tokenOf(THEIRS), 'wrong-issuer'],
    ['of no tenant', () => tokenOf(undefined), 'wrong-issuer'],
    [
      'with the tenant of one and the issuer of another',
      () => tokenOf(OURS, { iss: issuerOf(THEIRS) }),
      'wrong-issuer',
    ],
    [
      'of another server that names the tenant',
      () => tokenOf(OURS, { iss: `https://evil.example/${OURS}/v2.0` }),
      'wrong-issuer',
    ],
    ['with a path as tenant', () => tokenOf(`${OURS}/../${THEIRS}`), 'wrong-issuer'],
    ['with a list as tenant', () => tokenOf([OURS]), 'wrong-issuer'],
    ['with the placeholder as tenant', () => tokenOf('{tenantid}'), 'wrong-issuer'],
    ['signed by a key of another tenant', () => tokenOf(OURS, {}, personal), 'unknown-key'],
    ['that is no JWT', () => 'opaque', 'malformed'],
  ])('refuses a token %s', async (_, token, reason) => {
    expect(await outcomeOf(create({}), await token())).toBe(reason)
  })
})

describe('a verifier of many tenants', () => {
  it('asks nobody about tokens of others', async () => {
    const fetch = entra()
    const shared = oidcVerifier({ issuer: `${LOGIN}/common/v2.0`, tenants, fetch: fetch as never })
    const verifier = anyOf(shared, staticVerifier({ other: { clientId: 'x', resource: new URL(RESOURCE) } }))
    await outcomeOf(verifier, tokenOf(THEIRS))
    expect((await verifier.verifyAccessToken('other')).clientId).toBe('x')
    expect(fetch).not.toHaveBeenCalled()
  })

  it('takes tokens of version 1, whose client is in appid', async () => {
    const verifier = oidcVerifier({ issuer: `${LOGIN}/common`, tenants, fetch: entra() as never })
    const iss = `https://sts.windows.net/${OURS}/`
    const token = await tokenOf(OURS, { iss, client_id: undefined, appid: 'client-1' })
    expect((await verifier.verifyAccessToken(token)).clientId).toBe('client-1')
  })

  it('takes personal accounts, where they are listed', async () => {
    const options = { issuer: `${LOGIN}/consumers/v2.0`, tenants: [CONSUMERS], fetch: entra() as never }
    expect(await outcomeOf(oidcVerifier(options), tokenOf(CONSUMERS, {}, personal))).toBe(issuerOf(CONSUMERS))
  })

  it.each<[string, () => unknown]>([
    ['common without a list', () => oidcVerifier({ issuer: `${LOGIN}/common/v2.0` })],
    [
      'a placeholder without a list',
      () => jwtVerifier({ issuer: 'https://i/{tenantid}', jwks: { keys: [] } }),
    ],
    ['an empty list', () => oidcVerifier({ issuer: `${LOGIN}/common/v2.0`, tenants: [] })],
    ['every tenant', () => oidcVerifier({ issuer: `${LOGIN}/common/v2.0`, tenants: ['*'] })],
    ['a list of an issuer that is one', () => oidcVerifier({ issuer: `${LOGIN}/${OURS}/v2.0`, tenants })],
    [
      'an issuer that no template is',
      () => jwtVerifier({ issuer: `${LOGIN}/common/v2.0`, tenants, jwks: { keys: [] } }),
    ],
  ])('is refused when it is set up with %s', (_, create) => {
    expect(create).toThrow(TypeError)
    expect(create).toThrow(/^(oidc|jwt)Verifier: /)
  })
})

describe('claims of an authorization server of its own kind', () => {
  const verify = async (claims: object, options: object = {}) =>
    jwtVerifier({
      issuer: 'https://auth.example.com',
      jwks: { keys: [signer.publicJwk] } as never,
      ...options,
    }).verifyAccessToken(await signer.sign({ client_id: undefined, scope: undefined, ...claims } as never))

  it.each<[object, string]>([
    [{ azp: 'a' }, 'a'],
    [{ client_id: 'b' }, 'b'],
    [{ cid: 'c' }, 'c'],
    [{ appid: 'd' }, 'd'],
    [{ azp: '', appid: 'd' }, 'd'],
    [{}, 'ann'],
  ])('name the client: %j', async (claims, clientId) => {
    expect((await verify(claims)).clientId).toBe(clientId)
  })

  it.each<[object, object, string[]]>([
    [{ permissions: ['read', 'write'] }, { scopesFrom: 'permissions' }, ['read', 'write']],
    [
      { scope: 'openid', permissions: ['read'] },
      { scopesFrom: ['scope', 'permissions'] },
      ['openid', 'read'],
    ],
    [{ scp: 'a b', roles: ['admin', 'a'] }, { scopesFrom: ['scp', 'roles'] }, ['a', 'b', 'admin']],
    [{ scope: 'not this' }, { scopesFrom: 'permissions' }, []],
    [{ permissions: { read: true } }, { scopesFrom: 'permissions' }, []],
    [
      { realm_access: { roles: ['admin'] } },
      { scopesFrom: ({ realm_access }: any) => realm_access.roles },
      ['admin'],
    ],
    [{ scope: 'a', scopes: ['b'] }, {}, ['a', 'b']],
  ])('grant scopes: %j', async (claims, options, scopes) => {
    expect((await verify(claims, options)).scopes).toEqual(scopes)
  })

  it('name the client where they are told to', async () => {
    const claims = { azp: 'a', app: { id: 'nested' }, tenant_app: 'own' }
    expect((await verify(claims, { clientIdFrom: 'tenant_app' })).clientId).toBe('own')
    expect((await verify(claims, { clientIdFrom: ['missing', 'azp'] })).clientId).toBe('a')
    expect((await verify(claims, { clientIdFrom: ({ app }: any) => app.id })).clientId).toBe('nested')
  })
})
