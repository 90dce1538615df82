import { createMcpHandler } from '@portico-mcp/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { InMemorySessionStore, type SessionsOptions, sessions } from './index.ts'
import { EventReader, RawClient } from './testing/http.ts'
import { Stage } from './testing/server.ts'

const MINUTE = 60_000

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function serve(options: SessionsOptions = {}) {
  const stage = new Stage()
  const handler = createMcpHandler(stage.factory, { legacy: sessions(options), keepAliveMs: 0 })
  return {
    stage,
    handler,
    connect: async () => {
      const client = new RawClient(handler)
      return [client, await client.open()] as const
    },
  }
}

describe('a session that is idle', () => {
  it('ends after half an hour, and not before', async () => {
    const { stage, connect } = serve()
    const [client] = await connect()
    await vi.advanceTimersByTimeAsync(29 * MINUTE)
    expect((await client.call('ping')).status).toBe(200)
    await vi.advanceTimersByTimeAsync(29 * MINUTE)
    expect((await client.call('ping')).status).toBe(200)
    expect(stage.closed).toBe(0)
    await vi.advanceTimersByTimeAsync(33 * MINUTE)
    expect((await client.call('ping')).status).toBe(404)
    expect(stage.closed).toBe(1)
  })

  it('is not one whose call is in flight', async () => {
    const { stage, connect } = serve({ idleTimeoutMs: MINUTE })
    const [client] = await connect()
    const call = client.tool('wait', { key: 'a' })
    await vi.advanceTimersByTimeAsync(60 * MINUTE)
    expect(stage.gates.has('a')).toBe(true)
    stage.open('a')
    expect((await (await call).json()).result.content[0].text).toBe('waited for a')
    await vi.advanceTimersByTimeAsync(MINUTE / 2)
    expect((await client.call('ping')).status).toBe(200)
    expect(stage.built.length).toBe(1)
  })

  it('is not one whose stream is open, until it is left', async () => {
    const { connect } = serve({ idleTimeoutMs: MINUTE })
    const [client] = await connect()
    const stream = new EventReader(await client.listen())
    await vi.advanceTimersByTimeAsync(60 * MINUTE)
    expect((await client.call('ping')).status).toBe(200)
    await stream.leave()
    await vi.advanceTimersByTimeAsync(2 * MINUTE)
    expect((await client.call('ping')).status).toBe(404)
  })

  it('is closed here where its record has gone elsewhere', async () => {
    const store = new InMemorySessionStore()
    const { stage, connect } = serve({ store, idleTimeoutMs: MINUTE })
    const [client] = await connect()
    const stream = new EventReader(await client.listen())
    await store.deleteSession(client.sessionId!)
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect(await stream.rest()).toEqual([])
    expect(stage.closed).toBe(1)
  })
})

describe('more sessions than there may be', () => {
  it('end the one that was idle longest', async () => {
    const { connect, stage } = serve({ maxSessions: 2 })
    const [first] = await connect()
    const [second] = await connect()
    await first.call('ping')
    const [third] = await connect()
    expect(
      await Promise.all([first, second, third].map(async (client) => (await client.call('ping')).status)),
    ).toEqual([200, 404, 200])
    expect(stage.closed).toBe(1)
  })

  it('leave the record in a store that is shared: the session is rebuilt', async () => {
    const { connect, stage } = serve({ maxSessions: 1, store: new InMemorySessionStore() })
    const [first] = await connect()
    await connect()
    expect((await first.call('ping')).status).toBe(200)
    expect(stage.built.length).toBe(3)
  })

  it('are refused (503) while every one is busy', async () => {
    const { connect, stage } = serve({ maxSessions: 1 })
    const [first] = await connect()
    const call = first.tool('wait', { key: 'a' })
    await vi.advanceTimersByTimeAsync(1)
    const [, response] = await connect()
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    stage.open('a')
    await call
    expect((await connect())[1].status).toBe(200)
  })
})

it('10,000 clients that never say goodbye leave nothing behind', { timeout: 60_000 }, async () => {
  const { connect, stage, handler } = serve({ idleTimeoutMs: MINUTE, maxSessions: 500 })
  for (let count = 0; count < 10_000; count++) {
    await connect()
    if (count % 100 === 0) await vi.advanceTimersByTimeAsync(MINUTE / 10)
  }
  expect(stage.built.length - stage.closed).toBeLessThanOrEqual(500)
  await vi.advanceTimersByTimeAsync(2 * MINUTE)
  expect([stage.built.length, stage.closed]).toEqual([10_000, 10_000])
  expect(vi.getTimerCount()).toBe(0)
  await handler.close()
})

it('5,000 sessions close at once, also where a closed server closes again', { timeout: 60_000 }, async () => {
  const { stage, handler, connect } = serve({ store: new InMemorySessionStore() })
  for (let count = 0; count < 5000; count++) await connect()
  for (const server of stage.built) {
    const { onclose } = server.server
    server.server.onclose = () => {
      onclose?.()
      void server.close()
    }
  }
  await handler.close()
  expect(stage.closed).toBeGreaterThanOrEqual(5000)
  expect(vi.getTimerCount()).toBe(0)
  await expect(connect()).rejects.toThrow('closed')
})

it('keeps no process open', async () => {
  vi.useRealTimers()
  const unref = vi.fn()
  const spy = vi.spyOn(globalThis, 'setInterval').mockReturnValue({ unref } as never)
  await serve().connect()
  expect(unref).toHaveBeenCalled()
  spy.mockRestore()
})

it.each([{ idleTimeoutMs: 0 }, { checkIntervalMs: 2 ** 31 }, { maxSessions: 0 }, { retryMs: -1 }])(
  'is not built with %o',
  (options) => {
    expect(() => sessions(options)).toThrow(RangeError)
  },
)
