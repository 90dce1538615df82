import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { expectEqual, expectRejects, NotApplicable, newId } from '@portico-mcp/core/internal'
import { ENDED } from '../streams/event-store.ts'
import { eventExpiryCases } from './event-expiry-cases.ts'
import { type EventStoreCase, message, newStream, replay } from './event-store-subject.ts'

const MARK = {} as JSONRPCMessage

/** What every `EventStore` does. Run each case against a subject of your own. */
export const eventStoreContract: readonly EventStoreCase[] = [
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
  ...eventExpiryCases,
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
