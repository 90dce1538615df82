import { InMemorySessionStore } from '@portico-mcp/sessions'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type OAuthServerOptions, oauthServer } from './index.ts'
import type { Browser } from './testing/browser.ts'
import {
  buildAuthorizationUrl,
  buildPath,
  createBrowser,
  createPkce,
  createServer,
  exchangeCode,
  getTokens,
  postForm,
  registerClient,
} from './testing/flow.ts'

/** Whatever code of a host may throw. */
const THROWN: Record<string, () => unknown> = {
  'an error': () => new Error('It broke'),
  null: () => null,
  undefined: () => undefined,
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  },
  'an error whose message throws': () =>
    Object.defineProperty(new Error('x'), 'message', {
      get() {
        throw new Error('unreadable')
      },
    }),
  'an error of a class with its own instanceof': () => new Own('It broke'),
  'an error whose name, code and cause throw': () =>
    new Proxy(new Error('x'), {
      get(target, key) {
        if (key === 'message' || key === 'stack') return Reflect.get(target, key)
        throw new Error('unreadable')
      },
    }),
}

class Own extends Error {
  static override [Symbol.hasInstance](): never {
    throw new Error('no instanceof')
  }
}

const ways: [string, (make: () => unknown) => () => never][] = [
  [
    'throws',
    (make) => () => {
      throw make()
    },
  ],
  ['rejects with', (make) => () => Promise.reject(make()) as never],
]

const cases = ways.flatMap(([way, failing]) =>
  Object.entries(THROWN).map(([name, make]) => [`${way} ${name}`, failing(make)] as const),
)

const unhandled = vi.fn()
const onerror = vi.fn()
beforeEach(() => {
  vi.clearAllMocks()
  process.on('unhandledRejection', unhandled)
})
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 2))
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
  for (const [error] of onerror.mock.calls) expect(typeof error.message).toBe('string')
})

const UPSTREAM = 'https://id.example.com'

/** A provider that knows everybody as `ann`. */
const answering: typeof fetch = async (input) => {
  const { pathname } = new URL(String(input instanceof Request ? input.url : input))
  if (pathname === '/token') return Response.json({ access_token: 'at', token_type: 'bearer' })
  return Response.json({ sub: 'ann' })
}

const upstream = (more: object = {}, options: Partial<OAuthServerOptions> = {}) =>
  createServer({
    upstreamProvider: {
      id: 'stub',
      clientId: 'portico',
      clientSecret: 'secret',
      authorizationEndpoint: `${UPSTREAM}/authorize`,
      tokenEndpoint: `${UPSTREAM}/token`,
      userInfoEndpoint: `${UPSTREAM}/user`,
      ...more,
    },
    fetch: answering,
    onerror,
    ...options,
  })

/** Signs in at the provider, and returns what the browser gets when it comes back. */
async function comeBack(server: ReturnType<typeof createServer>): Promise<Response> {
  const { client_id } = await registerClient(server)
  const browser: Browser = createBrowser(server, '')
  const page = await browser.open(buildAuthorizationUrl(client_id, createPkce().challenge))
  const consent = await browser.decide(page)
  const state = new URL(consent.headers.get('location')!).searchParams.get('state')
  return browser.open(`${buildPath('callback')}?code=c&state=${state}`)
}

const errorIn = (response: Response): string | null =>
  new URL(response.headers.get('location') ?? 'about:blank').searchParams.get('error')

it('signs in where nothing fails, also by a mapUser that is asynchronous', async () => {
  const codeIn = (response: Response) => new URL(response.headers.get('location')!).searchParams.get('code')
  expect(codeIn(await comeBack(upstream()))).toBeTruthy()
  expect(codeIn(await comeBack(upstream({ mapUser: async () => ({ sub: 'bob' }) })))).toBeTruthy()
  expect(onerror).not.toHaveBeenCalled()
})

describe('mapUser', () => {
  it.each(cases)('that %s is answered, and reported once', async (_, mapUser) => {
    const response = await comeBack(upstream({ mapUser }))
    expect(errorIn(response)).toBe('temporarily_unavailable')
    expect(onerror).toHaveBeenCalledTimes(1)
    expect(onerror.mock.calls[0]![0]).toMatchObject({ reason: 'upstream-failed' })
  })
})

describe('fetch', () => {
  it.each(cases)('that %s is answered, and reported once', async (_, fetch) => {
    const response = await comeBack(upstream({}, { fetch }))
    expect(errorIn(response)).toBe('temporarily_unavailable')
    expect(onerror).toHaveBeenCalledTimes(1)
  })

  it.each(cases)('that %s for the document of a client is answered', async (_, fetch) => {
    const server = createServer({ fetch, onerror })
    const browser = createBrowser(server)
    const response = await browser.open(
      buildAuthorizationUrl('https://client.example.com/client.json', createPkce().challenge),
    )
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(onerror).toHaveBeenCalled()
  })

  it.each([[undefined], [null], [{}], ['text']])('that resolves to %j is answered', async (answer) => {
    const response = await comeBack(upstream({}, { fetch: (async () => answer) as never }))
    expect(errorIn(response)).toBe('temporarily_unavailable')
  })
})

describe('authenticate', () => {
  it.each(cases)('that %s is answered, and reported once', async (_, authenticate) => {
    const server = createServer({ authenticate, onerror })
    const { client_id } = await registerClient(server)
    const response = await createBrowser(server).open(
      buildAuthorizationUrl(client_id, createPkce().challenge),
    )
    expect([302, 303, 500]).toContain(response.status)
    expect(onerror).toHaveBeenCalledTimes(1)
    expect(onerror.mock.calls[0]![0]).toMatchObject({ reason: 'internal' })
  })
})

describe('a store', () => {
  const failing = (call: () => never) =>
    new Proxy(new InMemorySessionStore(), {
      get: (target, key) => (typeof Reflect.get(target, key) === 'function' ? call : undefined),
    })

  it.each(cases)('that %s is answered with 503, and reported', async (_, call) => {
    const server = createServer({ store: failing(call), onerror })
    const { client_id: clientId } = await registerClient(server)
    const { verifier } = createPkce()
    const callback = new URLSearchParams()
    const response = await exchangeCode(server, { clientId, verifier, callback, code: 'c'.repeat(43) })
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ error: 'temporarily_unavailable' })
    expect(onerror.mock.calls.flat()).toMatchObject([{ reason: 'store-unavailable' }])
  })

  it.each(cases)(
    'that %s once a token was issued fails its verification, not the process',
    async (_, call) => {
      const store = new InMemorySessionStore()
      let isBroken = false
      const breaking = new Proxy(store, {
        get(target, key) {
          const method = Reflect.get(target, key)
          if (typeof method !== 'function') return method
          return isBroken ? call : method.bind(target)
        },
      })
      const server = createServer({ store: breaking, onerror })
      const { tokens, signedIn } = await getTokens(server)
      isBroken = true
      await expect(server.verifyToken(tokens.access_token)).rejects.toMatchObject({
        code: 'temporarily_unavailable',
      })
      expect((await exchangeCode(server, signedIn)).status).toBe(503)
    },
  )
})

describe('onerror', () => {
  it.each(cases)('that %s changes no answer', async (_, onerror) => {
    const server = oauthServer({
      issuer: 'https://auth.example.com',
      resource: 'https://mcp.example.com/mcp',
      sessionSecret: 'a session secret of enough characters',
      authenticate: () => ({ sub: 'ann' }),
      onerror,
    })
    expect((await postForm(server, 'token', { grant_type: 'none' })).status).toBe(401)
  })
})
