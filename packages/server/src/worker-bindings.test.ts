import { context, metrics, propagation, trace } from '@opentelemetry/api'
import { staticVerifier, withAuth, withResourceMetadata } from '@portico-mcp/auth'
import type { FetchHandler, McpHandlerRequestOptions } from '@portico-mcp/core'
import { withDashboard } from '@portico-mcp/dashboard'
import { withCors, withGuard, withRateLimit } from '@portico-mcp/guard'
import { withAuthorizationServer } from '@portico-mcp/oauth'
import { withTelemetry } from '@portico-mcp/telemetry'
import { beforeAll, describe, expect, it, vi } from 'vitest'

// telemetry passes a response writer on, if another file of this process has registered an SDK
beforeAll(() => {
  for (const api of [context, metrics, propagation, trace]) api.disable()
})

const verifier = staticVerifier({ token: { clientId: 'ann' } })

/** Everything that stands in front of a handler. */
const FRONTS: [string, (handler: FetchHandler) => FetchHandler][] = [
  ['withAuth', (handler) => withAuth(handler, { verifier })],
  [
    'withResourceMetadata',
    (handler) =>
      withResourceMetadata(handler, {
        resourceServerUrl: 'https://mcp.example.com/mcp',
        authorizationServers: ['https://auth.example.com'],
      }),
  ],
  ['withGuard', (handler) => withGuard(handler)],
  ['withRateLimit', (handler) => withRateLimit(handler)],
  ['withCors', (handler) => withCors(handler, { allowedOrigins: ['page.example'] })],
  [
    'withAuthorizationServer',
    (handler) =>
      withAuthorizationServer(handler, { fetch: async () => new Response(), owns: () => false } as never),
  ],
  ['withTelemetry', (handler) => withTelemetry(handler)],
  ['withDashboard', (handler) => withDashboard(handler)],
]

const env = {
  authInfo: { token: 't', clientId: 'binding', scopes: [], extra: { sub: 'binding' } },
  parsedBody: { jsonrpc: '2.0', id: 9, method: 'ping' },
  clientAddress: '192.0.2.1',
  streaming: false,
  responseWriter: 'binding',
  MY_BUCKET: {},
}

const request = () =>
  new Request('http://localhost/mcp', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer token' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
  })

/** The options that reach a handler behind a front. */
async function optionsBehind(
  build: (handler: FetchHandler) => FetchHandler,
  ...more: unknown[]
): Promise<McpHandlerRequestOptions> {
  const fetch = vi.fn(async (_: Request, __?: McpHandlerRequestOptions) => new Response('{}'))
  const front = build({ fetch })
  await (front.fetch as (...args: unknown[]) => Promise<Response>)(request(), ...more)
  expect(fetch).toHaveBeenCalledTimes(1)
  return fetch.mock.calls[0]?.[1] ?? {}
}

describe.each(FRONTS)('%s as the default export of a Worker', (_, build) => {
  it.each([
    ['with a context', [env, { waitUntil: () => {} }]],
    ['alone, as a wrapper does', [env]],
    ['and an undefined context', [env, undefined]],
  ])('takes no binding for an option where the bindings come %s', async (_, more) => {
    const { authInfo, ...options } = await optionsBehind(build, ...more)
    expect(authInfo?.clientId).not.toBe('binding')
    for (const name of ['clientAddress', 'streaming', 'responseWriter', 'MY_BUCKET']) {
      expect(options).not.toHaveProperty(name)
    }
    expect((options.parsedBody as { id?: unknown } | undefined)?.id).not.toBe(9)
  })

  it('hands on the options of who calls it', async () => {
    const { responseWriter: _, MY_BUCKET: __, ...own } = env
    for (const more of [[own], [own, undefined]]) {
      const options = await optionsBehind(build, ...more)
      expect(options).toMatchObject({ clientAddress: '192.0.2.1', streaming: false })
    }
  })
})
