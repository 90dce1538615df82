import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { InMemoryRateLimitStore } from './index.ts'

const ONE = { capacity: 1, refillPerSecond: 1 }

describe('the store in memory', () => {
  afterEach(() => vi.useRealTimers())

  it('keeps no more buckets than it may, and of equally full ones forgets the one used longest ago', () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const store = new InMemoryRateLimitStore({ maxKeys: 2 })
    const take = (key: string) => store.take(key, ONE).allowed
    expect([take('a'), take('b'), take('a'), take('c')]).toEqual([true, true, false, true])
    expect([store.size, take('a'), take('b')]).toEqual([2, false, true])
    for (let key = 0; key < 1000; key++) take(String(key))
    expect(store.size).toBe(2)
  })

  it.each([0, -1, 1.5, Number.NaN])('is not built for %d buckets', (maxKeys) => {
    expect(() => new InMemoryRateLimitStore({ maxKeys })).toThrow(RangeError)
  })
})

it('whoever waits as long as told is served, and one bucket serves no more than it may', () => {
  const bucket = fc.record({
    capacity: fc.integer({ min: 1, max: 20 }),
    refillPerSecond: fc.double({ min: 0.01, max: 500, noNaN: true }),
  })
  fc.assert(
    fc.property(bucket, fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 40 }), (bucket, waits) => {
      let now = 1e12
      const store = new InMemoryRateLimitStore()
      const real = Date.now
      Date.now = () => now
      try {
        let served = 0
        for (const wait of waits) {
          now += wait
          const { allowed, retryAfterMs } = store.take('a', bucket)
          if (allowed) served++
          else {
            now += retryAfterMs
            expect(store.take('a', bucket).allowed).toBe(true)
            served++
          }
        }
        expect(served).toBeLessThanOrEqual(
          bucket.capacity + ((now - 1e12) / 1000) * bucket.refillPerSecond + 1e-6,
        )
      } finally {
        Date.now = real
      }
    }),
    { numRuns: 1000 },
  )
})
