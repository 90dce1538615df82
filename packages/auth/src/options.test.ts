import { expect, it } from 'vitest'
import {
  apiKeyVerifier,
  buildOAuthProtectedResourceMetadata,
  cognitoVerifier,
  introspectionVerifier,
  jwtVerifier,
  oidcVerifier,
  requireBearerAuth,
  staticVerifier,
  withAuth,
  withResourceMetadata,
} from './index.ts'

const handler = { fetch: async () => new Response() }
const issuer = 'https://auth.example.com'
const verifier = staticVerifier({})
const auth = (options: object) => () => withAuth(handler, { verifier, ...options } as never)
const jwt = (options: object) => () => jwtVerifier({ issuer, jwksUri: `${issuer}/jwks`, ...options } as never)
const oidc = (options: object) => () => oidcVerifier({ issuer, ...options } as never)
const introspection = (options: object) => () =>
  introspectionVerifier({
    introspectionUrl: `${issuer}/i`,
    clientId: 'a',
    clientSecret: 'b',
    ...options,
  } as never)
const documents = (options: object) => () =>
  withResourceMetadata(handler, {
    resourceServerUrl: 'https://mcp.example.com/mcp',
    authorizationServers: [issuer],
    ...options,
  } as never)

it.each<[string, () => unknown]>([
  ['withAuth: there is no option "scope": did you mean scopes?', auth({ scope: [] })],
  ['withAuth: verifier must be an object with verifyAccessToken', auth({ verifier: undefined })],
  ['withAuth: verifier must be an object with verifyAccessToken (got {})', auth({ verifier: {} })],
  ['withAuth: scopes must be what scopes() returns (got {"tools":{}})', auth({ scopes: { tools: {} } })],
  ['withAuth: requiredScopes must be a list of strings', auth({ requiredScopes: 'notes:read' })],
  ['withAuth: requiredScopes: Not a scope: "a b"', auth({ requiredScopes: ['a b'] })],
  ['withAuth: publicMethods must be a list of strings', auth({ publicMethods: true })],
  ['withAuth: resourceServerUrl must be an absolute URL (got "/mcp")', auth({ resourceServerUrl: '/mcp' })],
  ['withAuth: maxRequestBodySize must be a number of bytes greater than 0', auth({ maxRequestBodySize: 0 })],
  [
    'requireBearerAuth: there is no option "publicMethods": known are verifier',
    () => requireBearerAuth({ verifier, publicMethods: [] } as never),
  ],
  [
    'jwtVerifier: there is no option "clockTolerance": did you mean clockToleranceSeconds?',
    jwt({ clockTolerance: 5 }),
  ],
  ['jwtVerifier: issuer must be a string that is not empty', jwt({ issuer: undefined })],
  ['jwtVerifier: algorithms must be a list of one or more of RS256', jwt({ algorithms: ['HS256'] })],
  ['jwtVerifier: jwksUri must be an https URL', jwt({ jwksUri: 'http://auth.example.com/jwks' })],
  ['jwtVerifier: either jwksUri or jwks must say what the keys are', () => jwtVerifier({ issuer } as never)],
  ['oidcVerifier: there is no option "timeout": did you mean timeoutMs?', oidc({ timeout: 1 })],
  [
    'oidcVerifier: audience must be a string, a list of strings or false (got true)',
    oidc({ audience: true }),
  ],
  ['oidcVerifier: fetch must be a function (got "undici")', oidc({ fetch: 'undici' })],
  [
    'cognitoVerifier: tokenUse must be "access" or "id" (got "refresh")',
    () => cognitoVerifier({ userPoolId: 'eu-west-1_AbCdEf123', clientId: 'a', tokenUse: 'refresh' } as never),
  ],
  [
    'introspectionVerifier: authMethod must be "client_secret_basic" or',
    introspection({ authMethod: 'none' }),
  ],
  [
    'introspectionVerifier: introspectionUrl must be an absolute URL',
    introspection({ introspectionUrl: '/i' }),
  ],
  ['apiKeyVerifier: either keys or lookup must say which keys there are', () => apiKeyVerifier({} as never)],
  [
    'apiKeyVerifier: there is no option "key": did you mean keys?',
    () => apiKeyVerifier({ key: 'x' } as never),
  ],
  ['withResourceMetadata: there is no option "issuer": known are', documents({ issuer })],
  [
    'withResourceMetadata: authorizationServers must be a list of strings',
    documents({ authorizationServers: issuer }),
  ],
  ['withResourceMetadata: options must name one endpoint or more', () => withResourceMetadata(handler, [])],
  [
    'buildOAuthProtectedResourceMetadata: there is no option "resource": did you mean resourceServerUrl?',
    () => buildOAuthProtectedResourceMetadata({ resource: 'https://mcp.example.com' } as never),
  ],
])('refuses an option: %s', (message, build) => {
  expect(build).toThrow(message)
})

it('does not repeat a secret that it refuses', () => {
  expect(introspection({ clientSecret: ['hunter2'] })).toThrow(
    /^introspectionVerifier: clientSecret must be a string$/,
  )
  expect(() => apiKeyVerifier({ keys: ['hunter2'] } as never)).toThrow(/^apiKeyVerifier: keys must be [^(]*$/)
})
