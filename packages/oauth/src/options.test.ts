import { describe, expect, it } from 'vitest'
import {
  auth0,
  cognito,
  github,
  google,
  keycloak,
  microsoft,
  type OAuthServerOptions,
  oidc,
  okta,
} from './index.ts'
import { createServer } from './testing/flow.ts'

const client = { clientId: 'an-id', clientSecret: 'a-secret' }
const configured = { clientId: 'web', clientName: 'Web', redirectUris: ['https://app.example.com/callback'] }
const server = (options: object) => () => createServer(options as Partial<OAuthServerOptions>)
const provider = (options: object) => server({ upstreamProvider: { ...github(client), ...options } })
const withClient = (options: object) => server({ clients: [{ ...configured, ...options }] })

describe('oauthServer', () => {
  it.each<[string, () => unknown]>([
    ['oauthServer: there is no option "tokenTtl": did you mean tokenTTL?', server({ tokenTtl: 60 })],
    [
      'oauthServer: there is no option "hello": known are issuer, resource, sessionSecret',
      server({ hello: 1 }),
    ],
    [
      'oauthServer: issuer must be an https URL, or an http URL on loopback, without query and fragment (got "http://auth.example.com")',
      server({ issuer: 'http://auth.example.com' }),
    ],
    ['oauthServer: issuer must be an https URL', server({ issuer: undefined })],
    [
      'oauthServer: issuer must be an https URL, or an http URL on loopback, without query and fragment (got "https://***@auth.example.com")',
      server({ issuer: 'https://ann:hunter2@auth.example.com' }),
    ],
    ['oauthServer: resource must be an https URL', server({ resource: undefined })],
    [
      'without fragment, or a list of at least one (got "https://mcp.example.com/#x")',
      server({ resource: ['https://mcp.example.com/mcp', 'https://mcp.example.com/#x'] }),
    ],
    ['oauthServer: sessionSecret must be a secret', server({ sessionSecret: 7 })],
    [
      'oauthServer: signingKeys must be a list of private JWKs with an asymmetric alg, such as ES256 or EdDSA',
      server({ signingKeys: [{ kty: 'OKP', alg: 'EdDSA' }] }),
    ],
    [
      'oauthServer: either upstreamProvider or authenticate must be given (got both)',
      server({ upstreamProvider: github(client), authenticate: () => ({ sub: 'ann' }) }),
    ],
    ['oauthServer: authenticate must be a function (got "ann")', server({ authenticate: 'ann' })],
    [
      'oauthServer: tokenTTL must be a finite number of seconds of 1 or more (got "1h")',
      server({ tokenTTL: '1h' }),
    ],
    [
      'oauthServer: refreshTokenTTL must be a finite number of seconds of 1 or more (got Infinity)',
      server({ refreshTokenTTL: Number.POSITIVE_INFINITY }),
    ],
    ['oauthServer: refreshGracePeriodSeconds must be', server({ refreshGracePeriodSeconds: -1 })],
    ['oauthServer: registrationTTLSeconds must be', server({ registrationTTLSeconds: Number.NaN })],
    ['oauthServer: enableDCR must be true or false (got "no")', server({ enableDCR: 'no' })],
    ['oauthServer: enableCIMD must be true or false (got 0)', server({ enableCIMD: 0 })],
    ['oauthServer: checkRevocation must be true or false (got null)', server({ checkRevocation: null })],
    ['oauthServer: allowClient must be a function (got [])', server({ allowClient: [] })],
    ['oauthServer: store must be an object with createSession, getSession,', server({ store: new Map() })],
    ['oauthServer: rateLimitStore must be an object with take (got {})', server({ rateLimitStore: {} })],
    [
      'oauthServer: trustProxy must be an integer of 0 or more, a list of IP addresses and CIDR ranges, or a function (got true)',
      server({ trustProxy: true }),
    ],
    [
      'oauthServer: documentationUrl must be an absolute URL (got "/docs")',
      server({ documentationUrl: '/docs' }),
    ],
    ['oauthServer: serviceName must be a string that is not empty (got "")', server({ serviceName: '' })],
    ['oauthServer: fetch must be a function (got "undici")', server({ fetch: 'undici' })],
  ])('refuses an option: %s', (message, create) => {
    expect(create).toThrow(message)
  })

  it.each<[string, () => unknown]>([
    ['oauthServer: clients must be a list of objects', server({ clients: ['web'] })],
    [
      'oauthServer: clients: clientId must be a string that is not empty',
      withClient({ clientId: undefined }),
    ],
    [
      'oauthServer: client "web": there is no option "redirectUri": did you mean redirectUris?',
      withClient({ redirectUri: 'https://app.example.com' }),
    ],
    ['oauthServer: client "web": clientName must be a string (got 7)', withClient({ clientName: 7 })],
    [
      'oauthServer: client "web": redirectUris must be a list of at least one URI',
      withClient({ redirectUris: [] }),
    ],
    ['oauthServer: client "web": redirectUris must be', withClient({ redirectUris: undefined })],
  ])('refuses a member of a client: %s', (message, create) => {
    expect(create).toThrow(message)
  })

  it.each<[string, () => unknown]>([
    [
      'oauthServer: upstreamProvider: there is no option "clientID": did you mean clientId?',
      provider({ clientID: 'x' }),
    ],
    ['oauthServer: upstreamProvider: id must be a string that is not empty (got "")', provider({ id: '' })],
    [
      'oauthServer: upstreamProvider: clientId must be a string that is not empty (got undefined)',
      provider({ clientId: undefined }),
    ],
    [
      'oauthServer: upstreamProvider: tokenEndpoint must be an https URL, or an http URL on loopback, without user name and password (got "http://github.com")',
      provider({ tokenEndpoint: 'http://github.com' }),
    ],
    [
      'tokenEndpointAuthMethod must be "client_secret_basic" or "client_secret_post" (got "none")',
      provider({ tokenEndpointAuthMethod: 'none' }),
    ],
    ['oauthServer: upstreamProvider: scopes must be a list of strings', provider({ scopes: 'read:user' })],
    [
      'oauthServer: upstreamProvider: authorizationParams must be an object of strings',
      provider({ authorizationParams: { prompt: true } }),
    ],
    [
      'oauthServer: upstreamProvider: either issuer, or authorizationEndpoint and tokenEndpoint must be given',
      provider({ tokenEndpoint: undefined }),
    ],
  ])('refuses a member of the provider: %s', (message, create) => {
    expect(create).toThrow(message)
  })

  it('accepts an option that is undefined', () => {
    const names = ['jwtSigningSecret', 'signingKeys', 'tokenTTL', 'clients', 'store', 'trustProxy', 'onerror']
    expect(server(Object.fromEntries(names.map((name) => [name, undefined])))).not.toThrow()
    expect(withClient({ clientSecret: undefined })).not.toThrow()
    expect(provider({ userInfoEndpoint: undefined, mapUser: undefined })).not.toThrow()
  })

  it('does not repeat a secret that it refuses', () => {
    const withoutSecret = /^(?!.*hunter2)/s
    expect(server({ sessionSecret: 'hunter2' })).toThrow(withoutSecret)
    expect(server({ jwtEncryptionSecret: ['hunter2'] })).toThrow(withoutSecret)
    expect(withClient({ clientSecret: 'hunter2' })).toThrow(withoutSecret)
    expect(server({ clients: 'hunter2' })).toThrow(withoutSecret)
    expect(server({ signingKeys: [{ kty: 'oct', k: 'hunter2', alg: 'HS256' }] })).toThrow(withoutSecret)
    expect(provider({ clientSecret: { value: 'hunter2' } })).toThrow(withoutSecret)
    expect(provider({ issuer: 'https://ann:hunter2@id.example.com' })).toThrow(withoutSecret)
  })
})

describe('presets', () => {
  it.each<[string, () => unknown]>([
    [
      'github: there is no option "scope": did you mean scopes?',
      () => github({ ...client, scope: [] } as never),
    ],
    ['github: clientId must be a string that is not empty (got "")', () => github({ clientId: '' })],
    ['google: clientId must be a string that is not empty (got undefined)', () => google({} as never)],
    ['google: there is no option "issuer": known are', () => google({ ...client, issuer: 'x' } as never)],
    [
      'microsoft: tenant must be the id of a directory, a UUID (got "common")',
      () => microsoft({ ...client, tenant: 'common' }),
    ],
    ['microsoft: tenant must be', () => microsoft(client as never)],
    [
      'auth0: domain must be a host without https:// and without a path (got "https://example.auth0.com")',
      () => auth0({ ...client, domain: 'https://example.auth0.com' }),
    ],
    ['okta: domain must be', () => okta({ ...client, domain: 'example.okta.com/x' })],
    [
      'okta: authorizationServer must be a string that is not empty (got "")',
      () => okta({ ...client, domain: 'example.okta.com', authorizationServer: '' }),
    ],
    [
      'keycloak: url must be an https URL',
      () => keycloak({ ...client, url: 'http://id.example.com', realm: 'staff' }),
    ],
    ['keycloak: realm must be', () => keycloak({ ...client, url: 'https://id.example.com' } as never)],
    [
      'cognito: userPoolId must be the id of a user pool, such as "eu-west-1_AbCdEf123" (got "pool")',
      () => cognito({ ...client, userPoolId: 'pool' }),
    ],
    ['oidc: issuer must be an https URL', () => oidc({ ...client } as never)],
    [
      'oidc: revocationEndpoint must be an https URL, or an http URL on loopback, without user name and password, or false (got true)',
      () => oidc({ ...client, issuer: 'https://id.example.com', revocationEndpoint: true as never }),
    ],
  ])('refuse an option: %s', (message, create) => {
    expect(create).toThrow(message)
  })

  it('accept an option that is undefined, and keep the default', () => {
    expect(github({ ...client, scopes: undefined }).scopes).toEqual(['read:user'])
    const { authorizationParams } = google({ ...client, authorizationParams: undefined })
    expect(authorizationParams).toEqual({ access_type: 'offline' })
    expect(oidc({ ...client, id: undefined, issuer: 'https://id.example.com' }).id).toBe('oidc')
    expect(okta({ ...client, domain: 'example.okta.com', authorizationServer: undefined }).issuer).toBe(
      'https://example.okta.com',
    )
  })
})
