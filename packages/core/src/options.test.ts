import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from './handler.ts'
import { modern } from './testing/requests.ts'
import { factoryOf, registerAll } from './testing/server.ts'

const factory = factoryOf(registerAll)

describe('an option out of its range', () => {
  it.each([
    { maxRequestBodySize: 0 },
    { maxRequestBodySize: Number.NaN },
    { maxSubscriptions: -1 },
    { maxSubscriptionsPerCaller: 0 },
    { maxSubscriptionsPerCaller: Number.NaN },
    { keepAliveMs: -1 },
    { requestTimeoutMs: Number.NaN },
    { requestTimeoutMs: Number.POSITIVE_INFINITY },
    { keepAliveMs: 2 ** 31 },
    { responseMode: 'stream' },
    { legacy: 'sessions' },
    { legacy: () => {} },
    { cacheHints: { 'tools/list': { ttlMs: -1 } } },
    { requestState: { keys: ['short'] } },
    { requestState: { keys: [new Uint8Array(31)] } },
    { requestState: { keys: [undefined] } },
    { requestState: { ttlMs: 0 } },
    { requestState: { ttlMs: Number.POSITIVE_INFINITY } },
    { requestState: { ttlMs: Number.NaN } },
    { requestState: { maxRounds: 0 } },
    { requestState: { maxSize: 0 } },
    { cacheHints: { 'tools/list': { ttlMs: 1.5 } } },
    { cacheHints: { 'tools/list': { cacheScope: 'shared' } } },
  ])('is refused at once: %j', (options) => {
    expect(() => createMcpHandler(factory, options as never)).toThrow(RangeError)
  })
})

describe('onerror', () => {
  it('never changes an answer', async () => {
    const onerror = vi.fn(() => {
      throw new Error('logger down')
    })
    const handler = createMcpHandler(factory, { onerror })
    expect((await handler.fetch(modern('no/such'))).status).toBe(404)
    expect((await handler.fetch(new Request('http://localhost/mcp'))).status).toBe(405)
    expect(onerror).toHaveBeenCalled()
  })

  it('that throws does not stop a change event either', async () => {
    const handler = createMcpHandler(factory, {
      onerror: () => {
        throw new Error('logger down')
      },
    })
    const heard = vi.fn()
    handler.bus.subscribe(() => {
      throw new Error('listener down')
    })
    handler.bus.subscribe(heard)
    handler.notify.toolsChanged()
    expect(heard).toHaveBeenCalledTimes(1)
  })

  it('gets an Error whatever was thrown', async () => {
    const onerror = vi.fn()
    const handler = createMcpHandler(() => Promise.reject('text'), { onerror })
    await handler.fetch(modern('tools/list'))
    expect(onerror).toHaveBeenCalledWith(new Error('text'))
  })
})

describe('fetch', () => {
  it('may be detached', async () => {
    const { fetch } = createMcpHandler(factory)
    expect((await fetch(modern('tools/list'))).status).toBe(200)
  })
})

describe('importing core', () => {
  it('starts nothing', async () => {
    const before = process.getActiveResourcesInfo().length
    await import('./index.ts')
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before)
  })
})
