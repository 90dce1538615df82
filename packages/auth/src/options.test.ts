import { expect, it } from 'vitest'
import {
  anyOf,
  apiKeyVerifier,
  bearerAuthChallengeResponse,
  buildOAuthProtectedResourceMetadata,
  cognitoVerifier,
  introspectionVerifier,
  jwtVerifier,
  oidcVerifier,
  requireBearerAuth,
  scopes,
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
  [
    'withAuth: requiredScopes must be a list of scopes, each of visible ASCII characters without spaces, " and \\ (got "a b")',
    auth({ requiredScopes: ['a b'] }),
  ],
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
  ['jwtVerifier: either jwksUri or jwks must be given (got neither)', () => jwtVerifier({ issuer } as never)],
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
  ['apiKeyVerifier: either keys or lookup must be given (got neither)', () => apiKeyVerifier({} as never)],
  [
    'apiKeyVerifier: either keys or lookup must be given (got both)',
    () => apiKeyVerifier({ keys: [], lookup: async () => undefined }),
  ],
  ['jwtVerifier: either jwksUri or jwks must be given (got both)', jwt({ jwks: { keys: [] } })],
  ['oidcVerifier: issuer must be an https URL', oidc({ issuer: 'http://auth.example.com' })],
  [
    'cognitoVerifier: userPoolId must look like "eu-west-1_AbCdEf123" (got "pool")',
    () => cognitoVerifier({ userPoolId: 'pool', clientId: 'a' }),
  ],
  [
    'cognitoVerifier: clientId must name one app client or more (got [""])',
    () => cognitoVerifier({ userPoolId: 'eu-west-1_AbCdEf123', clientId: [''] }),
  ],
  ['scopes: there is no option "tool": did you mean tools?', () => scopes({ tool: {} } as never)],
  ['scopes: options must be an object (got undefined)', () => scopes(undefined as never)],
  [
    'scopes: tools must be an object with a list of scopes for each pattern (got {"purge-*":"notes:write"})',
    () => scopes({ tools: { 'purge-*': 'notes:write' } } as never),
  ],
  [
    'scopes: prompts["admin"] must be a list of scopes, each of visible ASCII characters without spaces, " and \\ (got "a b")',
    () => scopes({ prompts: { admin: ['a b'] } }),
  ],
  [
    'staticVerifier: there is no option "scope": did you mean scopes?',
    () => staticVerifier({ token: { clientId: 'ann', scope: [] } as never }),
  ],
  [
    'staticVerifier: scopes must be a list of strings (got "notes:read")',
    () => staticVerifier({ token: { clientId: 'ann', scopes: 'notes:read' as never } }),
  ],
  [
    'staticVerifier: expiresAt must be a number of seconds since 1970 (got "tomorrow")',
    () => staticVerifier({ token: { clientId: 'ann', expiresAt: 'tomorrow' as never } }),
  ],
  ['staticVerifier: clientId must be a string', () => staticVerifier({ token: {} as never })],
  ['staticVerifier: tokens must be an object', () => staticVerifier(['token'] as never)],
  ['anyOf: there must be at least one verifier (got none)', () => anyOf()],
  [
    'anyOf: each verifier must be an object with verifyAccessToken (got [])',
    () => anyOf(verifier, [] as never),
  ],
  [
    'bearerAuthChallengeResponse: there is no option "scopes": known are requiredScopes, resourceMetadataUrl',
    () => bearerAuthChallengeResponse(new Error(), { scopes: [] } as never),
  ],
  [
    'bearerAuthChallengeResponse: requiredScopes must be a list of strings (got "notes:read")',
    () => bearerAuthChallengeResponse(new Error(), { requiredScopes: 'notes:read' as never }),
  ],
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

it('accepts an option that is undefined', () => {
  expect(() => scopes({ tools: undefined })).not.toThrow()
  expect(() =>
    staticVerifier({ token: { clientId: 'ann', scopes: undefined, claims: undefined } }),
  ).not.toThrow()
  expect(jwt({ jwks: undefined, audience: undefined, tenants: undefined })).not.toThrow()
  expect(() => apiKeyVerifier({ keys: undefined, lookup: async () => undefined } as never)).not.toThrow()
  expect(() => apiKeyVerifier({ keys: [], lookup: undefined } as never)).not.toThrow()
  const options = { requiredScopes: undefined, resourceMetadataUrl: undefined }
  expect(bearerAuthChallengeResponse(new Error(), options).status).toBe(500)
  expect(auth({ publicMethods: undefined, scopes: undefined, tokenCache: undefined })).not.toThrow()
})

it('does not repeat a secret that it refuses', () => {
  expect(() => staticVerifier({ hunter2: { clientId: 7 } as never })).toThrow(/^(?!.*hunter2)/)
  expect(introspection({ clientSecret: ['hunter2'] })).toThrow(
    /^introspectionVerifier: clientSecret must be a string$/,
  )
  expect(() => apiKeyVerifier({ keys: ['hunter2'] } as never)).toThrow(/^apiKeyVerifier: keys must be [^(]*$/)
})
