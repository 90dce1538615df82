import { expectEqual, newId } from '@portico-mcp/core/internal'
import { DAY_MS, readData, readPresence, type SessionStoreCase } from './session-store-subject.ts'

/** Cases of sessions that expire, and of what puts their end off. */
export const sessionLifetimeCases: readonly SessionStoreCase[] = [
  {
    id: 'session-store/expires',
    title: 'ends a session in time: it is not there for any method, and its id may be used again',
    async run({ store, other, ttlMs, pass }) {
      const id = newId()
      await store.createSession(id, { old: true }, ttlMs)
      expectEqual(await readPresence(other, id), [true, true], 'the session before its end')
      await pass(ttlMs + 1100)
      expectEqual(await readPresence(other, id), [false, false], 'the session after its end')
      expectEqual(await store.updateSession(id, { a: 1 }), false, 'an update')
      expectEqual(await store.touchSession(id, DAY_MS), false, 'a touch')
      expectEqual(await store.createSession(id, { new: true }, DAY_MS), true, 'made again')
      expectEqual(await readData(store, id), { new: true }, 'data')
    },
  },
  {
    id: 'session-store/touches',
    title: 'keeps a session that is touched, and its data',
    async run({ store, other, ttlMs, pass }) {
      const id = newId()
      await store.createSession(id, { a: 1 }, ttlMs)
      expectEqual(await other.touchSession(id, DAY_MS), true, 'the touch')
      await pass(ttlMs + 1100)
      expectEqual(await readData(store, id), { a: 1 }, 'data')
      await store.touchSession(id, ttlMs)
      await pass(ttlMs + 1100)
      expectEqual(await readPresence(store, id), [false, false], 'the session after a shorter touch')
    },
  },
  {
    id: 'session-store/update-keeps-the-end',
    title: 'does not put off the end of a session that is changed',
    async run({ store, ttlMs, pass }) {
      const id = newId()
      await store.createSession(id, {}, ttlMs)
      await store.updateSession(id, { a: 1 })
      await pass(ttlMs + 1100)
      expectEqual(await readPresence(store, id), [false, false], 'the session after its end')
    },
  },
]
