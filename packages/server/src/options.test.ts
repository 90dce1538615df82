import { InMemorySessionStore } from '@portico-mcp/sessions'
import { expect, it } from 'vitest'
import { createHTTPServer, HTTPServerError } from './index.ts'
import { definition } from './testing/serve.ts'

const refusals: Record<string, [options: any, code: string, option: string]> = {
  'a port that is none': [{ port: 70_000 }, 'invalid-option', 'port'],
  'a port in words': [{ port: '3001' }, 'invalid-option', 'port'],
  'a port with a fraction': [{ port: 3001.5 }, 'invalid-option', 'port'],
  'an empty host': [{ host: '' }, 'invalid-option', 'host'],
  'a path without a slash': [{ path: 'mcp' }, 'invalid-option', 'path'],
  'a path with a query': [{ path: '/mcp?x=1' }, 'invalid-option', 'path'],
  'a path that is taken': [{ path: '/health' }, 'invalid-option', 'path'],
  'an alias that is taken': [{ aliases: ['/.well-known/mcp'] }, 'invalid-option', 'aliases'],
  'cors in words': [{ cors: '*' }, 'invalid-option', 'cors'],
  'credentials for every page': [{ cors: { credentials: true } }, 'invalid-option', 'cors'],
  'a logger without levels': [{ logger: { log() {} } }, 'invalid-option', 'logger'],
  'stateless in words': [{ stateless: 'no' }, 'invalid-option', 'stateless'],
  'a session timeout without sessions': [{ sessionTimeout: 1000 }, 'invalid-option', 'sessionTimeout'],
  'a required version header without sessions': [
    { requireProtocolVersion: true },
    'invalid-option',
    'requireProtocolVersion',
  ],
  'a session store without sessions': [
    { sessionStore: new InMemorySessionStore() },
    'invalid-option',
    'sessionStore',
  ],
  'a session store that is none': [{ stateless: false, sessionStore: {} }, 'invalid-option', 'sessionStore'],
  'an event store without sessions': [
    { eventStore: { storeEvent() {}, replayEventsAfter() {} } },
    'invalid-option',
    'eventStore',
  ],
  'a session timeout that is none': [
    { stateless: false, sessionTimeout: 0 },
    'invalid-option',
    'sessionTimeout',
  ],
  'a session timeout that no timer keeps': [
    { stateless: false, sessionTimeout: 2 ** 31 },
    'invalid-option',
    'sessionTimeout',
  ],
  'a public URL that is none': [{ publicUrl: 'mcp.example.com' }, 'invalid-option', 'publicUrl'],
  'a drain timeout that is none': [{ drainTimeoutMs: -1 }, 'invalid-option', 'drainTimeoutMs'],
  'a rate limit that is none': [{ rateLimit: { capacity: 0 } }, 'invalid-option', 'rateLimit'],
  'keys that are none': [{ tls: { key: 'x', cert: 'y' } }, 'invalid-option', 'tls'],
  'an option that does not exist': [{ prot: 3001 }, 'unknown-option', 'prot'],
  'a name of every object': [{ constructor: 1 }, 'unknown-option', 'constructor'],
  'auth without a verifier': [{ auth: {} }, 'auth-verifier-missing', 'auth.verifier'],
  'auth elsewhere without a resource': [
    { host: '0.0.0.0', auth: { authorizationServers: ['https://auth.example.com'] } },
    'auth-resource-missing',
    'auth.resource',
  ],
  'an issuer that is not secure': [
    { auth: { authorizationServers: ['http://auth.example.com'] } },
    'invalid-option',
    'auth',
  ],
  'an authorization server that nobody can sign in to': [
    { auth: { enableOAuthServer: true } },
    'invalid-option',
    'auth.oauthServerOptions',
  ],
  'an authorization server with a short secret': [
    { auth: { enableOAuthServer: true, oauthServerOptions: { sessionSecret: 'short' } } },
    'invalid-option',
    'auth.oauthServerOptions',
  ],
  'a dashboard for everyone': [
    { host: '0.0.0.0', dashboard: true },
    'dashboard-needs-authorize',
    'dashboard',
  ],
  'an authorize that is none': [{ authorize: true }, 'invalid-option', 'authorize'],
  'an authorize that is never asked': [
    { publicUrl: 'https://mcp.example.com', authorize: () => true },
    'invalid-option',
    'authorize',
  ],
  'a short token for metrics': [
    { telemetry: { metrics: { token: 'x' } } },
    'invalid-option',
    'telemetry.metrics',
  ],
  'a telemetry option that is none': [
    { telemetry: { sessionIdleTimeoutMs: 0 } },
    'invalid-option',
    'telemetry',
  ],
}

const started = async (input: any, options: any): Promise<HTTPServerError> => {
  const outcome = await createHTTPServer(input, { port: 0, signals: false, ...options }).catch(
    (error) => error,
  )
  await outcome.close?.()
  return outcome
}

it.each(Object.entries(refusals))('refuses %s', async (_, [options, code, option]) => {
  const refusal = await started(definition(), options)
  expect(refusal).toBeInstanceOf(HTTPServerError)
  expect({ ...refusal }).toMatchObject({ code, option })
  expect(refusal.message).toMatch(/^createHTTPServer: /)
})

it.each([
  ['allowedHosts', { allowedHosts: ['https://x.example'] }],
  ['allowedOrigins', { allowedOrigins: ['*'] }],
  ['trustProxy', { trustProxy: ['nonsense'] }],
  ['maxSubscriptions', { maxSubscriptions: -1 }],
])('refuses what %s does not take, in its words', async (name, options) => {
  const refusal = await started(definition(), options)
  expect(refusal.code).toBe('invalid-option')
  expect(refusal.message).toContain(name)
})

it.each([
  ['nothing', undefined],
  ['a text', 'my-server'],
  ['no name', { version: '1.0.0' }],
  ['no version', { name: 'x' }],
  ['a setup that is none', { name: 'x', version: '1', setup: true }],
  ['a fetch that is none', { fetch: true }],
  ['null', null],
])('refuses an input that has %s', async (_, input) => {
  expect(await started(input, {})).toMatchObject({ code: 'invalid-input' })
})

it('refuses options of the definition as well, and options of handlers for one that is complete', async () => {
  expect(await started({ ...definition(), path: '' }, {})).toMatchObject({ option: 'path' })
  expect(await started({ ...definition(), prot: 1 }, {})).toMatchObject({ option: 'prot' })
  const handler = { fetch: () => new Response() }
  expect(await started(handler, { stateless: false })).toMatchObject({
    code: 'invalid-option',
    option: 'stateless',
  })
})

it.each([
  [{ port: 70_000 }, 'port must be an integer from 0 to 65535 (got 70000)'],
  [{ prot: 3001 }, 'there is no option "prot": did you mean port?'],
  [{ path: 'mcp' }, 'path must be a path such as "/mcp", without query and fragment (got "mcp")'],
  [
    { aliases: ['/a', 'b'] },
    'aliases must be a list of paths such as "/mcp", without query and fragment (got "b")',
  ],
  [{ cors: '*' }, 'cors must be true, false or an object (got "*")'],
  [{ stateless: 'no' }, 'stateless must be true or false (got "no")'],
  [{ drainTimeoutMs: -1 }, 'drainTimeoutMs must be a number of milliseconds from 0 to 2147483647 (got -1)'],
  [{ auth: 'a secret' }, 'auth must be an object'],
  [[], 'options must be an object (got [])'],
])('says of %j what is allowed', async (options, message) => {
  const { message: said } = await createHTTPServer(definition(), options as never).then(
    () => expect.unreachable(),
    (error) => error,
  )
  expect(said).toBe(`createHTTPServer: ${message}`)
})
