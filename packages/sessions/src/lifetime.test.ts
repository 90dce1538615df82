import { createMcpHandler } from '@portico-mcp/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  InMemoryEventStore,
  InMemorySessionBus,
  InMemorySessionStore,
  type SessionsOptions,
  sessions,
} from './index.ts'
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

async function resumable(version?: string) {
  const served = serve({ eventStore: new InMemoryEventStore() })
  const client = new RawClient(served.handler, version ? { version } : {})
  await client.open()
  return { ...served, client }
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

  it('is not one that another node has served since', async () => {
    const store = new InMemorySessionStore()
    const [a, b] = [serve({ store }), serve({ store })]
    const [client] = await a.connect()
    const moved = new RawClient(b.handler)
    moved.sessionId = client.sessionId
    await vi.advanceTimersByTimeAsync(29 * MINUTE)
    expect((await moved.call('ping')).status).toBe(200)
    await vi.advanceTimersByTimeAsync(28 * MINUTE)
    expect((await client.call('ping')).status).toBe(200)
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

describe('a clock that is set', () => {
  it.each([
    ['back', -1],
    ['forward', 1],
  ])('%s ends no session that is used', async (_, sign) => {
    const { connect, stage } = serve()
    const [client] = await connect()
    vi.setSystemTime(Date.now() + sign * 120 * MINUTE)
    for (let minutes = 0; minutes < 120; minutes += 10) {
      await vi.advanceTimersByTimeAsync(10 * MINUTE)
      expect([minutes, (await client.call('ping')).status]).toEqual([minutes, 200])
    }
    expect(stage.built.length).toBe(1)
  })

  it('back keeps no session that is idle', async () => {
    const { connect, stage } = serve()
    const [client] = await connect()
    vi.setSystemTime(Date.now() - 120 * MINUTE)
    await vi.advanceTimersByTimeAsync(33 * MINUTE)
    expect((await client.call('ping')).status).toBe(404)
    expect(stage.closed).toBe(1)
  })

  it('forward forgets no event', async () => {
    const { client } = await resumable()
    const stream = new EventReader(await client.listen())
    const { id } = (await stream.next())!
    await stream.leave()
    vi.setSystemTime(Date.now() + 120 * MINUTE)
    await client.tool('log', { related: false })
    const resumed = new EventReader(await client.listen(id))
    expect((await resumed.message()).params.data).toBe('a debug')
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
    await vi.waitFor(() => expect(stage.gates.has('a')).toBe(true))
    const [, response] = await connect()
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    stage.open('a')
    await call
    expect((await connect())[1].status).toBe(200)
  })
})

it('says how many there are', async () => {
  const legacy = sessions()
  const handler = createMcpHandler(new Stage().factory, { legacy })
  const clients = [new RawClient(handler), new RawClient(handler)]
  for (const client of clients) await client.open()
  expect(legacy.size).toBe(2)
  await clients[0]!.send('DELETE')
  expect(legacy.size).toBe(1)
  await handler.close()
  expect(legacy.size).toBe(0)
})

it('keeps no process open', async () => {
  vi.useRealTimers()
  const unref = vi.fn()
  const spy = vi.spyOn(globalThis, 'setInterval').mockReturnValue({ unref } as never)
  await serve().connect()
  expect(unref).toHaveBeenCalled()
  spy.mockRestore()
})

it('is not built with a bus between nodes that share no store', () => {
  expect(() => sessions({ bus: new InMemorySessionBus() })).toThrow(TypeError)
})

it.each([{ idleTimeoutMs: 0 }, { checkIntervalMs: 2 ** 31 }, { maxSessions: 0 }, { retryMs: -1 }])(
  'is not built with %o',
  (options) => {
    expect(() => sessions(options)).toThrow(RangeError)
  },
)

describe('the lifetime that a store was given', () => {
  it('is that of idle sessions, where there is no idleTimeoutMs', async () => {
    const { connect } = serve({ store: new InMemorySessionStore({ ttlMs: 2 * MINUTE }) })
    const [client] = await connect()
    await vi.advanceTimersByTimeAsync(1.5 * MINUTE)
    expect((await client.call('ping')).status).toBe(200)
    await vi.advanceTimersByTimeAsync(1.5 * MINUTE)
    expect((await client.call('ping')).status).toBe(200)
    await vi.advanceTimersByTimeAsync(2.5 * MINUTE)
    expect((await client.call('ping')).status).toBe(404)
  })

  it('may be longer than the default', async () => {
    const { connect } = serve({ store: new InMemorySessionStore({ ttlMs: 120 * MINUTE }) })
    const [client] = await connect()
    await vi.advanceTimersByTimeAsync(110 * MINUTE)
    expect((await client.call('ping')).status).toBe(200)
  })

  it('is the default of half an hour where the store was given none', async () => {
    const { connect } = serve({ store: new InMemorySessionStore() })
    const [client] = await connect()
    await vi.advanceTimersByTimeAsync(33 * MINUTE)
    expect((await client.call('ping')).status).toBe(404)
  })

  it('may be said twice, and is refused where the two differ', () => {
    const store = new InMemorySessionStore({ ttlMs: MINUTE })
    expect(() => sessions({ store, idleTimeoutMs: MINUTE })).not.toThrow()
    expect(() => sessions({ store, idleTimeoutMs: 2 * MINUTE })).toThrow(
      /idleTimeoutMs is 120000 ms.*given 60000 ms/,
    )
  })
})
