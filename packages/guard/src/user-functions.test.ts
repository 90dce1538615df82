import type { FetchHandler } from '@portico-mcp/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  dnsRebindingProtection,
  originValidationResponse,
  rateLimit,
  withCors,
  withGuard,
  withRateLimit,
} from './index.ts'

const broken: Record<string, () => never> = {
  'an error': () => {
    throw new Error('It broke')
  },
  null: () => {
    throw null
  },
  'a value that cannot be read': () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    throw proxy
  },
  'an error whose message throws': () => {
    throw Object.defineProperty(new Error(), 'message', {
      get() {
        throw new Error('again')
      },
    })
  },
}

const rejecting = (): never => Promise.reject(new Error('It broke later')) as never

const request = (): Request =>
  new Request('http://localhost/mcp', {
    method: 'POST',
    headers: { host: 'localhost', origin: 'https://app.example.com', 'x-forwarded-for': '192.0.2.9' },
    body: '{}',
  })

const given = { clientAddress: '10.0.0.1' }
const served = vi.fn(async () => new Response('served'))
const inner: FetchHandler = { fetch: served }

const unhandled = vi.fn()
const printed = vi.spyOn(console, 'error')
beforeEach(() => {
  vi.clearAllMocks()
  printed.mockImplementation(() => {})
  process.on('unhandledRejection', unhandled)
})
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 5))
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
})

type Wrap = (call: () => never, onerror?: (error: Error) => void) => FetchHandler

const refusing: [string, Wrap][] = [
  ['allowedHosts of withGuard', (call, onerror) => withGuard(inner, { allowedHosts: [call], onerror })],
  ['allowedOrigins of withGuard', (call, onerror) => withGuard(inner, { allowedOrigins: call, onerror })],
  [
    'an entry of allowedOrigins of withGuard',
    (call, onerror) => withGuard(inner, { allowedOrigins: ['https://x.example', call], onerror }),
  ],
  ['trustProxy of withGuard', (call, onerror) => withGuard(inner, { trustProxy: call, onerror })],
  ['trustProxy of withRateLimit', (call, onerror) => withRateLimit(inner, { trustProxy: call, onerror })],
  ['key of withRateLimit', (call, onerror) => withRateLimit(inner, { key: call, onerror })],
  [
    'key of withRateLimit with failOpen',
    (call, onerror) => withRateLimit(inner, { key: call, failOpen: true, onerror }),
  ],
]

describe.each(refusing)('%s', (_, wrap) => {
  it.each(Object.entries(broken))('that throws %s answers 500, and is reported', async (_, call) => {
    const onerror = vi.fn()
    const response = await wrap(call, onerror).fetch(request(), given)
    expect(response.status).toBe(500)
    expect((await response.json()).error).toMatchObject({ code: -32603, data: { reason: 'check-failed' } })
    expect(onerror).toHaveBeenCalledTimes(1)
    expect(onerror.mock.calls[0]![0]).toMatchObject({ reason: 'check-failed', status: 500 })
    expect(served).not.toHaveBeenCalled()
    expect(printed).not.toHaveBeenCalled()
  })

  it('that throws is printed where nobody hears of it', async () => {
    expect((await wrap(broken['an error']!).fetch(request(), given)).status).toBe(500)
    expect(printed).toHaveBeenCalledTimes(1)
  })

  it('that throws is answered where what hears of it throws as well', async () => {
    const response = await wrap(broken['an error']!, broken.null).fetch(request(), given)
    expect(response.status).toBe(500)
  })

  it('that rejects lets nobody pass as allowed, and ends no process', async () => {
    const isTrust = _.startsWith('trustProxy')
    const response = await wrap(rejecting).fetch(request(), given)
    // no proxy is trusted, and the page is refused all the same where that is checked
    const statuses = isTrust ? [200, 403] : [403, 500]
    expect(statuses).toContain(response.status)
  })
})

describe('a key of withRateLimit', () => {
  it.each([[{}], [Symbol('key')], [true], [['a']]])('that is %o is no bucket for everybody', async (key) => {
    const onerror = vi.fn()
    const response = await withRateLimit(inner, { key: () => key as never, onerror }).fetch(request(), given)
    expect(response.status).toBe(500)
    expect(onerror.mock.calls[0]![0].cause.message).toContain('must return a string')
  })

  it('that is null stands for the default', async () => {
    const handler = withRateLimit(inner, { key: () => null as never, capacity: 1, refillPerSecond: 0.001 })
    expect((await handler.fetch(request(), given)).status).toBe(200)
    expect((await handler.fetch(request(), { clientAddress: '10.0.0.2' })).status).toBe(200)
    expect((await handler.fetch(request(), given)).status).toBe(429)
  })
})

describe('the checks for routes of your own', () => {
  it('answer 500 where a function throws', async () => {
    const call = broken['an error']!
    expect(originValidationResponse(request(), call)?.status).toBe(500)
    const onerror = vi.fn()
    const check = dnsRebindingProtection({ allowedHosts: [call], onerror })
    expect(check(request())?.status).toBe(500)
    expect(onerror).toHaveBeenCalledTimes(1)
    expect((await rateLimit({ key: call })(request(), given))?.status).toBe(500)
  })
})

describe('a store of rate limits', () => {
  it.each([[undefined], [null], [{}], ['allowed']])('that resolves to %j answers 503', async (taken) => {
    const onerror = vi.fn()
    const store = { take: async () => taken as never }
    expect((await withRateLimit(inner, { store, onerror }).fetch(request(), given)).status).toBe(503)
    expect(onerror).toHaveBeenCalledTimes(1)
    expect(
      (await withRateLimit(inner, { store, failOpen: true, onerror }).fetch(request(), given)).status,
    ).toBe(200)
  })
})

describe('allowedOrigins of withCors', () => {
  it.each(Object.entries(broken))('that throws %s grants nothing, and is reported', async (_, call) => {
    const onerror = vi.fn()
    const response = await withCors(inner, { allowedOrigins: call, onerror }).fetch(request(), given)
    expect(response.status).toBe(200)
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    expect(onerror).toHaveBeenCalledTimes(1)
  })

  it('that rejects grants nothing', async () => {
    const response = await withCors(inner, { allowedOrigins: rejecting }).fetch(request(), given)
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  })
})
