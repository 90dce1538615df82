import { withRateLimit } from '@portico-mcp/guard'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RedisConnection, RedisRateLimitStore } from './index.ts'
import { closeAfterEach, connect, until } from './testing/nodes.ts'
import { describeRedis, freePort, RedisServer } from './testing/redis-server.ts'

const ok = { fetch: async () => new Response('ok') }
const SLOW = { capacity: 5, refillPerSecond: 0.001 }

const newKey = (): string => crypto.randomUUID()

closeAfterEach()

describeRedis('the rate-limit store', () => {
  let server: RedisServer
  let nodes: [RedisConnection, RedisConnection]
  let stores: [RedisRateLimitStore, RedisRateLimitStore]

  beforeAll(async () => {
    server = await RedisServer.start()
    nodes = [new RedisConnection({ url: server.url }), new RedisConnection({ url: server.url })]
    stores = [new RedisRateLimitStore(nodes[0]), new RedisRateLimitStore(nodes[1])]
  })
  afterAll(async () => {
    for (const node of nodes ?? []) await node.close()
    await server?.stop()
  })

  it('gives each token once, to whichever node asks', async () => {
    const key = newKey()
    const taken = await Promise.all(
      Array.from({ length: 100 }, (_, index) => stores[index % 2 ? 1 : 0].take(key, SLOW)),
    )
    expect(taken.filter(({ allowed }) => allowed)).toHaveLength(5)
    for (const { allowed, retryAfterMs } of taken) {
      if (allowed) expect(retryAfterMs).toBe(0)
      else expect(retryAfterMs).toBeGreaterThan(990_000)
    }
    expect((await stores[0].take(newKey(), SLOW)).allowed).toBe(true)
  })

  it('serves whoever waits as long as told, and no more than it may', async () => {
    const bucket = fc.record({
      capacity: fc.integer({ min: 1, max: 5 }),
      refillPerSecond: fc.double({ min: 50, max: 500, noNaN: true }),
    })
    await fc.assert(
      fc.asyncProperty(bucket, async (limits) => {
        const key = newKey()
        const start = performance.now()
        let served = 0
        for (let request = 0; request < 12; request++) {
          const { allowed, retryAfterMs } = await stores[0].take(key, limits)
          if (!allowed) {
            const waitUntil = performance.now() + retryAfterMs
            while (performance.now() < waitUntil) await new Promise((resolve) => setTimeout(resolve, 1))
            expect((await stores[1].take(key, limits)).allowed).toBe(true)
          }
          served++
        }
        const seconds = (performance.now() - start) / 1000
        expect(served).toBeLessThanOrEqual(limits.capacity + seconds * limits.refillPerSecond + 1)
      }),
      { numRuns: 15 },
    )
  })

  it('forgets a bucket once it is full again', async () => {
    const store = new RedisRateLimitStore(connect({ url: server.url, prefix: 'full' }))
    const kept = async (): Promise<number> => (await server.ask<string[]>('KEYS', 'full:*')).length
    await store.take('a', { capacity: 2, refillPerSecond: 2 })
    expect(await kept()).toBe(1)
    await until(async () => (await kept()) === 0)
  })

  it('keeps keys of any length and content apart, and out of the keys of Redis', async () => {
    const keys = ['a', 'b', 'a\u0000', 'ü', '{a}', 'user:["https://issuer","alice"]', 'x'.repeat(1e6)]
    for (const key of keys) expect((await stores[0].take(key, { ...SLOW, capacity: 1 })).allowed).toBe(true)
    for (const key of keys) expect((await stores[1].take(key, { ...SLOW, capacity: 1 })).allowed).toBe(false)
    const stored = (await server.ask<string[]>('KEYS', '*')).join()
    expect(stored).not.toContain('alice')
    expect(stored.length).toBeLessThan(10_000)
  })

  it('limits a client on all nodes together', async () => {
    const handlers = stores.map((store) => withRateLimit(ok, { store, capacity: 3, refillPerSecond: 0.01 }))
    const statuses: number[] = []
    for (let request = 0; request < 5; request++) {
      const response = await handlers[request % 2]!.fetch(new Request('http://localhost/'), {
        clientAddress: '203.0.113.7',
      })
      statuses.push(response.status)
    }
    expect(statuses).toEqual([200, 200, 200, 429, 429])
  })

  it.each([
    [false, 503],
    [true, 200],
  ])(
    'where Redis cannot be reached, has requests refused unless failOpen (%s: %i)',
    async (failOpen, status) => {
      const redis = connect({ url: `redis://127.0.0.1:${await freePort()}` })
      const handler = withRateLimit(ok, { store: new RedisRateLimitStore(redis), failOpen })
      expect((await handler.fetch(new Request('http://localhost/'))).status).toBe(status)
    },
  )
})
