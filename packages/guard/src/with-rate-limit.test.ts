import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  GuardRefusal,
  InMemoryRateLimitStore,
  type RateLimitOptions,
  type RateLimitStore,
  withGuard,
  withRateLimit,
} from './index.ts'
import { mcp, PING, ping } from './testing/requests.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

const ok = { fetch: async () => new Response('ok') }
const ONE = { capacity: 1, refillPerSecond: 1 }

const statuses = async (
  handler: typeof ok | ReturnType<typeof withRateLimit>,
  times: number,
  options: object = {},
  headers = {},
) => {
  const all: number[] = []
  for (let time = 0; time < times; time++)
    all.push((await (handler as ReturnType<typeof withRateLimit>).fetch(ping(headers), options)).status)
  return all
}

describe('a bucket', () => {
  it('serves a burst, then as fast as it refills', async () => {
    const handler = withRateLimit(ok, { capacity: 3, refillPerSecond: 2 })
    expect(await statuses(handler, 4)).toEqual([200, 200, 200, 429])
    vi.advanceTimersByTime(499)
    expect(await statuses(handler, 1)).toEqual([429])
    vi.advanceTimersByTime(1)
    expect(await statuses(handler, 2)).toEqual([200, 429])
    vi.advanceTimersByTime(1000)
    expect(await statuses(handler, 3)).toEqual([200, 200, 429])
  })

  it('never holds more than its capacity', async () => {
    const handler = withRateLimit(ok, { capacity: 2, refillPerSecond: 100 })
    await statuses(handler, 1)
    vi.advanceTimersByTime(3_600_000)
    expect(await statuses(handler, 3)).toEqual([200, 200, 429])
  })

  it('is not refilled by a clock that is set back', async () => {
    const handler = withRateLimit(ok, ONE)
    await statuses(handler, 1)
    vi.setSystemTime(Date.now() - 3_600_000)
    expect(await statuses(handler, 1)).toEqual([429])
    vi.advanceTimersByTime(1000)
    expect(await statuses(handler, 1)).toEqual([200])
  })

  it('is not drained by what it refuses', async () => {
    const handler = withRateLimit(ok, ONE)
    await statuses(handler, 50)
    vi.advanceTimersByTime(1000)
    expect(await statuses(handler, 1)).toEqual([200])
  })
})

describe('one request too many', () => {
  it('is told when to come back, in JSON-RPC', async () => {
    const handler = withRateLimit(ok, { capacity: 1, refillPerSecond: 0.4 })
    await handler.fetch(ping())
    vi.advanceTimersByTime(100)
    const response = await handler.fetch(ping())
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '3'])
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual({
      jsonrpc: '2.0',
      error: {
        code: -32600,
        message: 'Too many requests; the next is served in 3 s',
        data: { reason: 'rate-limited', retryAfterMs: 2400 },
      },
    })
    vi.advanceTimersByTime(2400)
    expect(await statuses(handler, 1)).toEqual([200])
  })

  it('gets its id back where the body was read before, and is not handed on', async () => {
    const fetch = vi.fn(ok.fetch)
    const handler = withRateLimit({ fetch }, ONE)
    const refused = async (parsedBody: unknown) =>
      ((await (await handler.fetch(ping(), { parsedBody })).json()) as any).id
    await handler.fetch(ping())
    expect(await refused({ ...PING, id: 'seven' })).toBe('seven')
    for (const body of [{ ...PING, id: 1.5 }, { ...PING, id: null }, [PING], 'x', null, undefined])
      expect(await refused(body)).toBeUndefined()
    expect(fetch).toHaveBeenCalledTimes(1)
  })

  it('is told to onerror', async () => {
    const onerror = vi.fn()
    await statuses(withRateLimit(ok, { ...ONE, onerror }), 2)
    expect(onerror).toHaveBeenCalledTimes(1)
    expect(onerror.mock.calls[0]![0]).toBeInstanceOf(GuardRefusal)
    expect(onerror.mock.calls[0]![0]).toMatchObject({ reason: 'rate-limited', status: 429 })
  })
})

const identity = (clientId: string, extra?: object) => ({
  authInfo: { token: 't', clientId, scopes: [], extra },
})

describe('a client', () => {
  it.each<[string, object, object]>([
    ['address', { clientAddress: '192.0.2.1' }, { clientAddress: '192.0.2.2' }],
    ['IPv6 network', { clientAddress: '2001:db8:1::1' }, { clientAddress: '2001:db8:1:1::1' }],
    ['application', identity('a'), identity('b')],
    ['user of one application', identity('a', { sub: 'u' }), identity('a', { sub: 'v' })],
    ['issuer', identity('a', { sub: 'u', iss: 'x' }), identity('a', { sub: 'u', iss: 'y' })],
    ['identity, not address', identity('192.0.2.1'), { clientAddress: '192.0.2.1' }],
    ['identity, known or not', identity('unknown'), {}],
  ])('is told from others by its %s', async (_, one, other) => {
    const handler = withRateLimit(ok, ONE)
    expect(await statuses(handler, 2, one)).toEqual([200, 429])
    expect(await statuses(handler, 2, other)).toEqual([200, 429])
  })

  it.each<[string, object, object]>([
    ['IPv4 address in IPv6 clothes', { clientAddress: '192.0.2.1' }, { clientAddress: '::ffff:192.0.2.1' }],
    ['IPv6 network', { clientAddress: '2001:db8::1' }, { clientAddress: '2001:db8::ffff:2' }],
    ['identity, wherever it is', { ...identity('a'), clientAddress: '192.0.2.1' }, identity('a')],
    ['user, whatever the application', identity('a', { sub: 'u' }), identity('b', { sub: 'u' })],
    ['having neither', {}, { clientAddress: 'not an address' }],
  ])('is the same by its %s', async (_, one, other) => {
    const handler = withRateLimit(ok, ONE)
    expect(await statuses(handler, 1, one)).toEqual([200])
    expect(await statuses(handler, 1, other)).toEqual([429])
  })

  it('is not told by headers that anybody may write', async () => {
    const handler = withRateLimit(ok, ONE)
    const options = { clientAddress: '192.0.2.1' }
    expect(await statuses(handler, 1, options, { 'x-forwarded-for': '6.6.6.6' })).toEqual([200])
    expect(await statuses(handler, 1, options, { 'x-forwarded-for': '7.7.7.7' })).toEqual([429])
  })

  it.each<[string, (options: RateLimitOptions) => ReturnType<typeof withRateLimit>]>([
    ['itself', (options) => withRateLimit(ok, { ...options, trustProxy: ['10.0.0.0/8'] })],
    ['a guard in front', (options) => withGuard(withRateLimit(ok, options), { trustProxy: ['10.0.0.0/8'] })],
    ['both', (options) => withGuard(withRateLimit(ok, { ...options, trustProxy: 1 }), { trustProxy: 1 })],
  ])('is told from another behind the same proxy, which is trusted by %s', async (_, build) => {
    const handler = build(ONE)
    const proxy = { clientAddress: '10.0.0.1' }
    expect(await statuses(handler, 2, proxy, { 'x-forwarded-for': '203.0.113.7' })).toEqual([200, 429])
    expect(await statuses(handler, 2, proxy, { 'x-forwarded-for': '6.6.6.6, 203.0.113.8' })).toEqual([
      200, 429,
    ])
    expect(await statuses(handler, 1, proxy, { 'x-forwarded-for': '7.7.7.7, 203.0.113.8' })).toEqual([429])
  })

  it('is who key() says, which the default cannot be taken for', async () => {
    const key = (request: Request) => request.headers.get('x-tenant') ?? undefined
    const handler = withRateLimit(ok, { ...ONE, key })
    expect(await statuses(handler, 2, {}, { 'x-tenant': 'a' })).toEqual([200, 429])
    expect(await statuses(handler, 1, {}, { 'x-tenant': 'unknown' })).toEqual([200])
    expect(await statuses(handler, 2)).toEqual([200, 429])
  })
})

describe('a store', () => {
  it('is shared between handlers, and hears key and bucket', async () => {
    const take = vi.fn<RateLimitStore['take']>(async () => ({ allowed: false, retryAfterMs: 10 }))
    expect(await statuses(withRateLimit(ok, { ...ONE, store: { take } }), 1)).toEqual([429])
    expect(take).toHaveBeenCalledWith('unknown', ONE)
    const store = new InMemoryRateLimitStore()
    expect(await statuses(withRateLimit(ok, { ...ONE, store }), 1)).toEqual([200])
    expect(await statuses(withRateLimit(ok, { ...ONE, store }), 1)).toEqual([429])
  })

  it.each([
    [false, 503],
    [true, 200],
  ])('that fails refuses, unless failOpen (%s: %i), and is told to onerror', async (failOpen, status) => {
    const onerror = vi.fn()
    const store = { take: () => Promise.reject(new Error('password=hunter2')) }
    const response = await withRateLimit(ok, { store, failOpen, onerror }).fetch(ping())
    expect(response.status).toBe(status)
    expect(await response.text()).not.toContain('hunter2')
    expect(onerror.mock.calls[0]![0].cause.message).toBe('password=hunter2')
  })
})

it.each<RateLimitOptions>([
  { capacity: 0 },
  { capacity: Number.NaN },
  { capacity: Number.POSITIVE_INFINITY },
  { refillPerSecond: 0 },
  { refillPerSecond: -1 },
  { refillPerSecond: Number.POSITIVE_INFINITY },
])('is not built with %j', (options) => {
  expect(() => withRateLimit(ok, options)).toThrow(RangeError)
})

it('keeps the other members of a handler', () => {
  const inner = mcp()
  const { close, notify, bus } = withRateLimit(inner)
  expect([close, notify, bus]).toEqual([inner.close, inner.notify, inner.bus])
})

describe('a client with many IPv6 networks', () => {
  const from = (site: number, network: number) => ({
    clientAddress: `2001:db8:${site.toString(16)}:${network.toString(16)}::1`,
  })
  const ask = async (handler: ReturnType<typeof withRateLimit>, options: object) =>
    (await handler.fetch(ping(), options)).status

  it('gets 16 times as much in all of a /48, and another /48 as much again', async () => {
    const handler = withRateLimit(ok, { capacity: 2, refillPerSecond: 1 })
    let served = 0
    for (let network = 0; network < 200; network++)
      if ((await ask(handler, from(1, network))) === 200) served++
    expect(served).toBe(32)
    expect(await ask(handler, from(2, 0))).toBe(200)
    vi.advanceTimersByTime(1000)
    served = 0
    for (let network = 200; network < 300; network++)
      if ((await ask(handler, from(1, network))) === 200) served++
    expect(served).toBe(16)
  })

  it('takes nothing of the others in its /48 while it is refused itself', async () => {
    const handler = withRateLimit(ok, { capacity: 2, refillPerSecond: 1 })
    for (let time = 0; time < 100; time++) await ask(handler, from(1, 1))
    expect(await ask(handler, from(1, 2))).toBe(200)
  })

  it.each([
    ['another /48', (n: number) => `2001:db8:${n.toString(16)}::1`],
    ['another /64 of one /48', (n: number) => `2001:db8:1:${n.toString(16)}::1`],
    ['another IPv4 address', (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`],
    ['an IPv4 address in IPv6 clothes', (n: number) => `::ffff:10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`],
  ])('is not served again for having asked from %s as often as buckets are kept', async (_, address) => {
    const store = new InMemoryRateLimitStore({ maxKeys: 500 })
    const handler = withRateLimit(ok, { capacity: 10, refillPerSecond: 0.001, store })
    const refused = { clientAddress: '192.0.2.1' }
    while ((await ask(handler, refused)) === 200) {}
    for (let n = 1; n <= 3000; n++) await ask(handler, { clientAddress: address(n) })
    expect(await ask(handler, refused)).toBe(429)
    expect(store.size).toBeLessThanOrEqual(500)
  })
})
