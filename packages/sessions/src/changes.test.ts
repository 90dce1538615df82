import {
  createMcpHandler,
  InMemoryServerEventBus,
  type McpHttpHandler,
  type ServerEvent,
} from '@portico-mcp/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { InMemoryEventStore, InMemorySessionBus, InMemorySessionStore, sessions } from './index.ts'
import { EventReader, RawClient, until } from './testing/http.ts'
import { Stage } from './testing/server.ts'

const MINUTE = 60_000

/** Carries changes when it is told to, in the order that it is told. */
class HeldBus extends InMemoryServerEventBus {
  readonly held: ServerEvent[] = []
  holding = false

  override publish(event: ServerEvent): void {
    if (this.holding) this.held.push(event)
    else super.publish(event)
  }

  release(index: number): void {
    super.publish(this.held[index] as ServerEvent)
  }
}

let store: InMemorySessionStore
let eventStore: InMemoryEventStore
let sessionBus: InMemorySessionBus
let bus: HeldBus

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance', 'setTimeout', 'setInterval'] })
  store = new InMemorySessionStore()
  eventStore = new InMemoryEventStore({ maxEventsPerStream: 50 })
  sessionBus = new InMemorySessionBus()
  bus = new HeldBus()
})
afterEach(() => vi.useRealTimers())

const startNode = (stage = new Stage()): McpHttpHandler =>
  createMcpHandler(stage.factory, {
    legacy: sessions({ store, eventStore, bus: sessionBus }),
    bus,
    keepAliveMs: 0,
  })

async function open(handler: McpHttpHandler, version = '2025-11-25'): Promise<RawClient> {
  const client = new RawClient(handler, { version })
  await client.open()
  for (const uri of ['doc://one', 'doc://two']) await client.call('resources/subscribe', { uri })
  return client
}

/** Announces a change that every node can read of, and none has heard of yet. */
async function logged(handler: McpHttpHandler, uri: string): Promise<void> {
  bus.holding = true
  const before = bus.held.length
  handler.notify.resourceUpdated(uri)
  await until(() => bus.held.length > before)
}

const nextUri = async (stream: EventReader): Promise<string> => (await stream.message()).params?.uri

/** What is heard up to a change of the tools, which is made now. */
async function untilTools(stream: EventReader, handler: McpHttpHandler): Promise<unknown[]> {
  bus.holding = false
  handler.notify.toolsChanged()
  const heard: unknown[] = []
  for (;;) {
    const { method, params } = await stream.message()
    if (method === 'notifications/tools/list_changed') return heard
    heard.push(params?.uri ?? params?.data ?? method)
  }
}

/** An hour, in which everybody gets to do what they do. */
async function passQuietly(): Promise<void> {
  for (let minutes = 0; minutes < 60; minutes++) {
    await vi.advanceTimersByTimeAsync(MINUTE)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** A stream on a node that two others announce a change to, and has heard of neither. */
async function twoAtOnce() {
  const [a, b, c] = [startNode(), startNode(), startNode()]
  const client = await open(c)
  const stream = new EventReader(await client.listen())
  await stream.next()
  await logged(a, 'doc://one')
  await logged(b, 'doc://two')
  return { c, client, stream }
}

/** Sees that a client is told of all that may have changed for it. */
async function expectEverything(stream: EventReader): Promise<void> {
  const heard = []
  for (let count = 0; count < 4; count++) {
    const { method, params } = await stream.message()
    heard.push(params?.uri ?? method)
  }
  expect(heard.sort()).toEqual([
    'doc://one',
    'doc://two',
    'notifications/resources/list_changed',
    'notifications/tools/list_changed',
  ])
}

describe('changes that two nodes announce at once', () => {
  it('come in one order, whichever the bus brings first', async () => {
    const { c, stream } = await twoAtOnce()
    bus.release(1)
    expect([await nextUri(stream), await nextUri(stream)]).toEqual(['doc://one', 'doc://two'])
    bus.release(0)
    expect(await untilTools(stream, c)).toEqual([])
  })

  it('are neither lost nor repeated where the stream breaks between them', async () => {
    const { c, client, stream } = await twoAtOnce()
    bus.release(1)
    const first = await nextUri(stream)
    await stream.leave()
    const resumed = new EventReader(await client.listen(stream.lastId))
    expect([first, await nextUri(resumed)]).toEqual(['doc://one', 'doc://two'])
    bus.release(0)
    expect(await untilTools(resumed, c)).toEqual([])
  })
})

describe('a change', () => {
  it('that a resumed stream has read of is not announced again when the bus brings it', async () => {
    const [a, b] = [startNode(), startNode()]
    const client = await open(a)
    const stream = new EventReader(await client.listen())
    await stream.next()
    await stream.leave()
    await logged(b, 'doc://one')
    const resumed = new EventReader(await client.listen(stream.lastId))
    expect(await nextUri(resumed)).toBe('doc://one')
    bus.release(0)
    expect(await untilTools(resumed, a)).toEqual([])
  })

  it('that the client has heard of elsewhere is not announced again by a node that is behind', async () => {
    const [a, b] = [startNode(), startNode()]
    const elsewhere = new EventReader(await (await open(b)).listen())
    await elsewhere.next()
    const client = await open(a)
    const stream = new EventReader(await client.listen())
    await logged(a, 'doc://one')
    const onA = new EventReader(await (await open(a)).listen())
    await onA.next()
    expect(await nextUri(stream)).toBe('doc://one')
    await stream.leave()
    const moved = new RawClient(b)
    moved.sessionId = client.sessionId
    const resumed = new EventReader(await moved.listen(stream.lastId))
    bus.release(0)
    expect(await untilTools(resumed, b)).toEqual([])
  })

  it('is announced although the bus has lost it', async () => {
    const [a, b] = [startNode(), startNode()]
    const client = await open(b)
    const stream = new EventReader(await client.listen())
    await stream.next()
    await logged(a, 'doc://one')
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect(await nextUri(stream)).toBe('doc://one')
  })
})

describe('a stream that was quiet for longer than events are kept', () => {
  it('is resumed without a loss', async () => {
    const [a, b] = [startNode(), startNode()]
    const client = await open(a)
    const stream = new EventReader(await client.listen())
    await stream.next()
    const reading = stream.message()
    await passQuietly()
    await stream.leave()
    expect(await reading).toBeUndefined()
    b.notify.resourceUpdated('doc://one')
    await client.tool('log', { related: false })
    const resumed = new EventReader(await client.listen(stream.lastId))
    const heard = []
    for (let count = 0; count < 3; count++) {
      const { params } = await resumed.message()
      heard.push(params.uri ?? params.data)
    }
    expect(heard.sort()).toEqual(['a debug', 'a error', 'doc://one'])
    expect(await untilTools(resumed, a)).toEqual([])
  })

  it.each(['2025-11-25', '2025-06-18'])('stays open, of %s', async (version) => {
    const handler = startNode()
    const client = await open(handler, version)
    const stream = new EventReader(await client.listen())
    const reading = stream.message()
    await passQuietly()
    handler.notify.resourceUpdated('doc://one')
    expect((await reading).params.uri).toBe('doc://one')
  })

  it('of a call is resumed without a loss, and read for as long again', async () => {
    const stage = new Stage()
    const client = await open(startNode(stage))
    const stream = new EventReader(await client.tool('wait', { key: 'a' }))
    const reading = stream.message()
    await passQuietly()
    await stream.leave()
    expect(await reading).toBeUndefined()
    const resumed = new EventReader(await client.listen(stream.lastId))
    const resuming = resumed.message()
    await passQuietly()
    await resumed.leave()
    expect(await resuming).toBeUndefined()
    const again = new EventReader(await client.listen(resumed.lastId))
    stage.open('a')
    expect(await again.message()).toMatchObject({ result: { content: [{ text: 'waited for a' }] } })
  })

  it('tells a client that cannot be given a new place of everything that may have changed', async () => {
    const handler = startNode()
    const client = await open(handler, '2025-06-18')
    const stream = new EventReader(await client.listen())
    handler.notify.toolsChanged()
    await stream.message()
    await passQuietly()
    await stream.leave()
    handler.notify.resourceUpdated('doc://one')
    const resumed = new EventReader(await client.listen(stream.lastId))
    await expectEverything(resumed)
    expect(await untilTools(resumed, handler)).toEqual([])
  })
})

describe('events that are kept for less than five minutes', () => {
  it('leave quiet streams open, down to two and a half', async () => {
    eventStore = new InMemoryEventStore({ ttlMs: 2.5 * MINUTE })
    const handler = startNode()
    const client = await open(handler)
    const stream = new EventReader(await client.listen())
    const reading = stream.message()
    await passQuietly()
    handler.notify.resourceUpdated('doc://one')
    expect((await reading).params.uri).toBe('doc://one')
  })

  it('end quiet streams below, and their clients hear of everything', async () => {
    eventStore = new InMemoryEventStore({ ttlMs: MINUTE })
    const handler = startNode()
    const client = await open(handler)
    const stream = new EventReader(await client.listen())
    const reading = stream.rest()
    await vi.advanceTimersByTimeAsync(2 * MINUTE)
    expect(await reading).toEqual([])
    const resumed = new EventReader(await client.listen(stream.lastId))
    await expectEverything(resumed)
  })

  it('lose a call to the client that comes back later', async () => {
    eventStore = new InMemoryEventStore({ ttlMs: MINUTE })
    const client = await open(startNode())
    const lost = new EventReader(await client.tool('wait', { key: 'a' }))
    await lost.next()
    await lost.leave()
    await vi.advanceTimersByTimeAsync(1.5 * MINUTE)
    const [answer] = await new EventReader(await client.listen(lost.lastId)).rest()
    expect(answer.error.data).toEqual({ reason: 'call-lost' })
  })
})

it('a node that has missed more changes than are kept ends its streams, and their clients hear of everything', async () => {
  const [a, b] = [startNode(), startNode()]
  const client = await open(b)
  const stream = new EventReader(await client.listen())
  await stream.next()
  for (let count = 0; count < 60; count++) await logged(a, 'doc://one')
  await vi.advanceTimersByTimeAsync(MINUTE)
  expect(await stream.rest()).toEqual([])
  const resumed = new EventReader(await client.listen(stream.lastId))
  const heard = [
    await nextUri(resumed),
    await nextUri(resumed),
    await nextUri(resumed),
    await nextUri(resumed),
  ]
  expect(heard).toContain('doc://one')
  expect(await untilTools(resumed, b)).toEqual([])
})
