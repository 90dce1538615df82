import { expectEqual, NotApplicable, newId } from '@portico-mcp/core/internal'
import { type EventStoreCase, message, newStream, replay } from './event-store-subject.ts'

/** Cases of events that a store no longer keeps: beyond its bound, after their time, or deleted. */
export const eventExpiryCases: readonly EventStoreCase[] = [
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
]
