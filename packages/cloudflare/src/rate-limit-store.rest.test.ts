import { afterAll, beforeAll, expect, it } from 'vitest'
import { Isolates } from './testing/isolates.ts'
import { Remote } from './testing/remote.ts'

const SLOW = { capacity: 5, refillPerSecond: 0.001 }

let isolates: Isolates
const newKey = (): string => crypto.randomUUID()

beforeAll(async () => {
  isolates = await Isolates.start(new URL('./testing/contract-worker.ts', import.meta.url))
})
afterAll(() => isolates?.stop())

it('gives each token once, on whichever isolate', async () => {
  const stores = [new Remote(isolates, 'one').rateLimitStore, new Remote(isolates, 'two').rateLimitStore]
  const key = newKey()
  const taken = await Promise.all(
    Array.from({ length: 60 }, (_, index) => stores[index % 2]?.take(key, SLOW)),
  )
  expect(taken.filter((result) => result?.allowed)).toHaveLength(5)
  for (const result of taken) {
    if (result?.allowed) expect(result.retryAfterMs).toBe(0)
    else expect(result?.retryAfterMs).toBeGreaterThan(900_000)
  }
  expect((await stores[0]?.take(newKey(), SLOW))?.allowed).toBe(true)
})

it('serves a client that waits as long as it was told, on either isolate', async () => {
  const stores = [new Remote(isolates, 'one').rateLimitStore, new Remote(isolates, 'two').rateLimitStore]
  const key = newKey()
  const bucket = { capacity: 1, refillPerSecond: 5 }
  expect((await stores[0]?.take(key, bucket))?.allowed).toBe(true)
  for (const store of [...stores, ...stores]) {
    const result = await store.take(key, bucket)
    expect(result.allowed).toBe(false)
    await new Promise((resolve) => setTimeout(resolve, result.retryAfterMs + 1))
    expect((await store.take(key, bucket)).allowed).toBe(true)
  }
})

it('keeps keys of any length and content apart', async () => {
  const { rateLimitStore } = new Remote(isolates, 'one')
  const keys = ['a', 'b', 'a\u0000', 'ü', '{a}', 'user:["https://issuer","alice"]', 'x'.repeat(100_000)]
  const once = { ...SLOW, capacity: 1 }
  for (const key of keys) expect((await rateLimitStore.take(key, once)).allowed).toBe(true)
  for (const key of keys) expect((await rateLimitStore.take(key, once)).allowed).toBe(false)
})

it('rejects if the object cannot be reached', async () => {
  const { rateLimitStore } = new Remote(isolates, 'one', { isLost: true })
  await expect(rateLimitStore.take(newKey(), SLOW)).rejects.toThrow('A Durable Object cannot be reached')
})
