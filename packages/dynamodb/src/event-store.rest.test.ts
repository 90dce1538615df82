import { ScanCommand } from '@aws-sdk/client-dynamodb'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { EventStore } from '@portico-mcp/sessions'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { DynamoDBEventStore } from './index.ts'
import { type LocalDynamoDB, startDynamoDB } from './testing/dynamodb.ts'

let dynamodb: LocalDynamoDB

beforeAll(async () => {
  dynamodb = await startDynamoDB()
  for (const name of ['events', 'my-sessions-events', 'from-environment']) {
    await dynamodb.createTable(name, 'scope', 'event')
  }
})
afterAll(() => dynamodb.close())
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const open = (options = {}) =>
  new DynamoDBEventStore({ client: dynamodb.client(), tableName: 'events', ...options })
const newStream = () => `${crypto.randomUUID()}/stream`
const message = (data: unknown): JSONRPCMessage => ({
  jsonrpc: '2.0',
  method: 'notifications/message',
  params: { data },
})
const itemsOf = async (TableName = 'events') =>
  (await dynamodb.client().send(new ScanCommand({ TableName }))).Items ?? []

async function replay(store: EventStore, after: string) {
  const events: [string, unknown][] = []
  const streamId = await store.replayEventsAfter(after, {
    send: async (id, { params }: any) => void events.push([id, params?.data]),
  })
  return { streamId, events }
}

describe('the configuration', () => {
  it.each([
    ['the environment', { DYNAMODB_EVENTS_TABLE_NAME: 'from-environment' }, 'from-environment'],
    ['the table of sessions', { DYNAMODB_TABLE_NAME: 'my-sessions' }, 'my-sessions-events'],
  ])('takes the table name from %s', async (_, environment, tableName) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
    await new DynamoDBEventStore({ client: dynamodb.client() }).storeEvent(newStream(), message(1))
    expect(await itemsOf(tableName)).toHaveLength(1)
  })

  it.each([{ ttlSeconds: 0 }, { maxEventsPerStream: 0 }, { maxEventBytes: Number.NaN }])(
    'throws for %o',
    (options) => {
      expect(() => open(options)).toThrow(RangeError)
    },
  )
})

describe('a large event', () => {
  it('is replayed whole, between others', async () => {
    const store = open()
    const stream = newStream()
    const text = 'Grüße 世界 '.repeat(70_000)
    const [first, second, third] = [
      await store.storeEvent(stream, message('before')),
      await store.storeEvent(stream, message(text)),
      await store.storeEvent(stream, message('after')),
    ]
    expect(await replay(open(), first)).toEqual({
      streamId: stream,
      events: [
        [second, text],
        [third, 'after'],
      ],
    })
  })

  it('is refused beyond the limit, alone', async () => {
    const store = open({ maxEventBytes: 1000 })
    const stream = newStream()
    const first = await store.storeEvent(stream, message('a'))
    const [refused, second] = await Promise.allSettled([
      store.storeEvent(stream, message('x'.repeat(1000))),
      store.storeEvent(stream, message('b')),
    ])
    expect(refused).toMatchObject({ status: 'rejected', reason: expect.any(RangeError) })
    expect(second.status).toBe('fulfilled')
    expect((await replay(store, first)).events.map(([, data]) => data)).toEqual(['b'])
  })
})

describe('a stream', () => {
  it('keeps the order in which one node stores events without waiting', async () => {
    const store = open()
    const stream = newStream()
    const numbers = Array.from({ length: 150 }, (_, index) => index)
    const [first] = await Promise.all(numbers.map((number) => store.storeEvent(stream, message(number))))
    const { events } = await replay(store, first!)
    expect(events.map(([, data]) => data)).toEqual(numbers.slice(1))
  })

  it('never shows an event before one that stands in front of it, while two nodes write', async () => {
    const writers = [open(), open()]
    const reader = open()
    const stream = newStream()
    const first = await reader.storeEvent(stream, message('first'))
    let isWriting = true
    const writing = Promise.all(
      Array.from({ length: 60 }, (_, index) => writers[index % 2]!.storeEvent(stream, message(index))),
    ).finally(() => {
      isWriting = false
    })
    let seen: string[] = []
    while (isWriting) {
      const ids = (await replay(reader, first)).events.map(([id]) => id)
      expect(ids.slice(0, seen.length)).toEqual(seen)
      seen = ids
    }
    const ids = await writing
    expect((await replay(reader, first)).events.map(([id]) => id).sort()).toEqual([...ids].sort())
  })

  it('is continued by a node that comes back to it after others have written', async () => {
    const [one, other] = [open(), open()]
    const stream = newStream()
    const first = await one.storeEvent(stream, message(0))
    for (const data of [1, 2, 3]) await other.storeEvent(stream, message(data))
    await one.storeEvent(stream, message(4))
    expect((await replay(other, first)).events.map(([, data]) => data)).toEqual([1, 2, 3, 4])
  })

  it('looks up its end again when that was long ago', async () => {
    const store = open({ ttlSeconds: 10 })
    const client = dynamodb.client()
    const send = vi.spyOn(client, 'send')
    const watched = open({ client, ttlSeconds: 10 })
    const stream = newStream()
    await store.storeEvent(stream, message(0))
    await watched.storeEvent(stream, message(1))
    await watched.storeEvent(stream, message(2))
    const { now } = Date
    vi.spyOn(Date, 'now').mockImplementation(() => now() + 6000)
    await watched.storeEvent(stream, message(3))
    const commands = send.mock.calls.map(([command]) => command.constructor.name)
    expect(commands).toEqual([
      'QueryCommand',
      'PutItemCommand',
      'PutItemCommand',
      'QueryCommand',
      'PutItemCommand',
    ])
  })

  it('stops a replay that its listener fails', async () => {
    const store = open()
    const stream = newStream()
    const first = await store.storeEvent(stream, message(0))
    for (const data of [1, 2]) await store.storeEvent(stream, message(data))
    const send = vi.fn().mockRejectedValue(new Error('gone'))
    await expect(store.replayEventsAfter(first, { send })).rejects.toThrow('gone')
    expect(send).toHaveBeenCalledTimes(1)
  })
})

describe('a deletion', () => {
  it('leaves nothing of a scope in the table, large events and many of them', async () => {
    const store = open()
    const scope = crypto.randomUUID()
    const before = (await itemsOf()).length
    await store.storeEvent(`${scope}/large`, message('x'.repeat(400_000)))
    await Promise.all(Array.from({ length: 130 }, () => store.storeEvent(`${scope}/many`, message('x'))))
    await store.deleteEvents(scope)
    expect((await itemsOf()).length).toBe(before)
  })
})

it('gives every item a TTL', async () => {
  await open().storeEvent(newStream(), message('x'.repeat(400_000)))
  for (const { ttl } of await itemsOf()) expect(Number(ttl?.N)).toBeGreaterThan(Date.now() / 1000 - 60)
})
