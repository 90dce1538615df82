import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { ENDED, type EventStore } from '../event-store.ts'
import { type ContractCase, expectEqual, expectRejects, NotApplicable, newId } from './contract.ts'

/** What the cases of {@link eventStoreContract} are put to. */
export interface EventStoreSubject {
  store: EventStore
  /** Another client of the same storage, as another node would have; the same object for a store in memory. */
  other: EventStore
  /** A store whose storage cannot be reached, where there can be one. */
  unreachable?: EventStore
  /** Events of one stream that the store is set to keep; small enough to be exceeded. */
  maxEventsPerStream: number
  /** Milliseconds that the store is set to keep an event. */
  ttlMs: number
  /** Lets time pass. */
  pass(ms: number): Promise<void>
}

const message = (data: unknown): JSONRPCMessage => ({
  jsonrpc: '2.0',
  method: 'notifications/message',
  params: { level: 'info', data },
})

const MARK = {} as JSONRPCMessage

const newStream = (): string => `${newId()}/stream.1~%20`

async function replay(store: EventStore, after: string): Promise<[string, [string, JSONRPCMessage][]]> {
  const events: [string, JSONRPCMessage][] = []
  const send = async (eventId: string, sent: JSONRPCMessage): Promise<void> => {
    await undefined
    events.push([eventId, sent])
  }
  return [await store.replayEventsAfter(after, { send }), events]
}

type StoreCase = ContractCase<EventStoreSubject>

/** What every `EventStore` does; run each case against a subject of your own. */
export const eventStoreContract: readonly StoreCase[] = [
  {
    id: 'event-store/replays',
    title: 'replays what followed an event, in order, also to another client',
    async run({ store, other }) {
      const stream = newStream()
      const ids: string[] = []
      for (const data of ['a', { b: 'ü' }, ['c']]) ids.push(await store.storeEvent(stream, message(data)))
      for (const client of [store, other]) {
        expectEqual(
          await replay(client, ids[0] as string),
          [
            stream,
            [
              [ids[1], message({ b: 'ü' })],
              [ids[2], message(['c'])],
            ],
          ],
          'the replay after the first event',
        )
        expectEqual(await replay(client, ids[2] as string), [stream, []], 'the replay after the last event')
      }
    },
  },
  {
    id: 'event-store/ids',
    title: 'names every event of every stream differently, in visible ASCII',
    async run({ store, other }) {
      const streams = [newStream(), newStream()]
      const ids = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 ? store : other).storeEvent(streams[index % 3 && 1] as string, message(index)),
        ),
      )
      expectEqual(new Set(ids).size, 20, 'how many ids')
      expectEqual(
        ids.filter((id) => !/^[\x21-\x7e]{1,200}$/.test(id)),
        [],
        'ids that are not 1 to 200 characters of visible ASCII',
      )
    },
  },
  {
    id: 'event-store/streams-apart',
    title: 'replays nothing of another stream, of the same scope or of another',
    async run({ store }) {
      const scope = newId()
      const streams = [`${scope}/one`, `${scope}/one-more`, newStream()]
      const first = await store.storeEvent(streams[0] as string, message('mine'))
      for (const stream of streams) await store.storeEvent(stream, message(stream))
      const [stream, events] = await replay(store, first)
      expectEqual([stream, events.map(([, sent]) => sent)], [streams[0], [message(streams[0])]], 'the replay')
    },
  },
  {
    id: 'event-store/at-once',
    title: 'keeps one order of events that are stored at once, whoever reads',
    async run({ store, other, maxEventsPerStream }) {
      const stream = newStream()
      const first = await store.storeEvent(stream, MARK)
      const count = Math.min(20, maxEventsPerStream - 1)
      const ids = await Promise.all(
        Array.from({ length: count }, (_, index) =>
          (index % 2 ? store : other).storeEvent(stream, message(index)),
        ),
      )
      const [, events] = await replay(store, first)
      expectEqual(events.map(([id]) => id).sort(), [...ids].sort(), 'the ids that are replayed')
      expectEqual((await replay(other, first))[1], events, 'the replay to another client')
      const middle = events[Math.floor(count / 2)]?.[0] as string
      const rest = events.slice(Math.floor(count / 2) + 1)
      expectEqual((await replay(store, middle))[1], rest, 'the replay from the middle')
    },
  },
  {
    id: 'event-store/marks',
    title: 'keeps marks: an event whose message is empty, and one that ends a stream',
    async run({ store }) {
      const stream = newStream()
      const mark = await store.storeEvent(stream, MARK)
      const second = await store.storeEvent(stream, MARK)
      const third = await store.storeEvent(stream, message('after'))
      const end = await store.storeEvent(stream, ENDED)
      expectEqual(
        await replay(store, mark),
        [
          stream,
          [
            [second, {}],
            [third, message('after')],
            [end, { ended: true }],
          ],
        ],
        'the replay after a mark',
      )
    },
  },
  {
    id: 'event-store/stream-of-an-event',
    title: 'tells the stream of an event',
    async run({ store, other }) {
      if (!store.getStreamIdForEventId || !other.getStreamIdForEventId) {
        throw new NotApplicable('a store that tells no streams')
      }
      const stream = newStream()
      const id = await store.storeEvent(stream, message('a'))
      expectEqual(await other.getStreamIdForEventId(id), stream, 'the stream')
      expectEqual(await store.getStreamIdForEventId('no-such-event'), undefined, 'that of an unknown event')
    },
  },
  {
    id: 'event-store/unknown',
    title: 'replays nothing after an event that it never kept, whatever its id looks like',
    async run({ store }) {
      const stream = newStream()
      const id = await store.storeEvent(stream, message('a'))
      const strange = [
        '',
        '0',
        'no-such-event',
        `${id}0`,
        `x${id}`,
        '../..',
        '*',
        '"',
        "'",
        'a/b',
        stream,
        '0-0',
        '-',
        '+',
        '$',
      ]
      for (const one of strange) expectEqual(await replay(store, one), ['', []], `the replay after ${one}`)
    },
  },
  {
    id: 'event-store/bounded',
    title: 'keeps no more of a stream than it may, and has no gap in what it replays',
    async run({ store, maxEventsPerStream }) {
      const stream = newStream()
      const ids: string[] = []
      for (let index = 0; index < maxEventsPerStream * 2; index++) {
        ids.push(await store.storeEvent(stream, message(index)))
      }
      expectEqual(await replay(store, ids[0] as string), ['', []], 'the replay after an event that is gone')
      const recent = ids.at(-3) as string
      const [, events] = await replay(store, recent)
      expectEqual(
        events.map(([id]) => id),
        ids.slice(-2),
        'the replay after a recent event',
      )
    },
  },
  {
    id: 'event-store/expires',
    title: 'forgets events in time',
    async run({ store, ttlMs, pass }) {
      const id = await store.storeEvent(newStream(), message('a'))
      await pass(ttlMs + 1100)
      expectEqual(await replay(store, id), ['', []], 'the replay after its time')
    },
  },
  {
    id: 'event-store/deletes',
    title: 'forgets a scope that is deleted, and no other',
    async run({ store, other }) {
      if (!store.deleteEvents) throw new NotApplicable('a store that only forgets in time')
      const scope = newId()
      const gone = [
        await store.storeEvent(`${scope}/one`, message('a')),
        await other.storeEvent(`${scope}/two`, message('b')),
      ]
      const neighbour = await store.storeEvent(`${scope}0/one`, message('c'))
      await store.deleteEvents(scope)
      await store.deleteEvents(newId())
      for (const id of gone) expectEqual(await replay(other, id), ['', []], 'the replay of what was deleted')
      expectEqual(await replay(store, neighbour), [`${scope}0/one`, []], 'the replay of its neighbour')
    },
  },
  {
    id: 'event-store/unreachable',
    title: 'rejects where the storage cannot be reached',
    async run({ store, unreachable }) {
      if (!unreachable) throw new NotApplicable('a store that is always reached')
      const id = await store.storeEvent(newStream(), message('a'))
      await expectRejects(unreachable.storeEvent(newStream(), message('a')), 'storeEvent')
      await expectRejects(replay(unreachable, id), 'a replay')
    },
  },
]
