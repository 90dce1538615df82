import { expectEqual, expectRejects, NotApplicable, newId } from '@portico-mcp/core/internal'
import type { SessionData } from '../store/session-store.ts'
import { sessionClaimCases } from './session-claim-cases.ts'
import { sessionLifetimeCases } from './session-lifetime-cases.ts'
import { DAY_MS, readData, readPresence, type SessionStoreCase } from './session-store-subject.ts'

const DATA: SessionData = {
  text: 'Grüße, 世界',
  number: 1.5,
  yes: true,
  no: false,
  list: [1, 'two', { three: null }],
  nested: { deeper: { '': 'an empty key' } },
  'key with: everything/?#[]@!$&()*+,;=.': 'x',
}

/** What every `SessionStore` does. Run each case against a subject of your own. */
export const sessionStoreContract: readonly SessionStoreCase[] = [
  {
    id: 'session-store/unknown',
    title: 'knows no session that was not made',
    async run({ store }) {
      const id = newId()
      expectEqual(await readPresence(store, id), [false, false], 'an unknown session')
      await store.deleteSession(id)
    },
  },
  {
    id: 'session-store/reads-what-was-made',
    title: 'reads what was made, also through another client',
    async run({ store, other }) {
      const id = newId()
      const before = Date.now() - 2000
      await store.createSession(id, DATA, DAY_MS)
      for (const client of [store, other]) {
        const record = await client.getSession(id)
        expectEqual(record?.sessionId, id, 'sessionId')
        expectEqual(record?.data, DATA, 'data')
        for (const date of [record?.createdAt, record?.updatedAt]) {
          const isDate = date instanceof Date && date.getTime() >= before
          expectEqual(isDate, true, `createdAt and updatedAt to be dates of now: ${date}; that`)
        }
        const { expiresAt } = record ?? {}
        const isLater = expiresAt === undefined || expiresAt.getTime() > Date.now() + DAY_MS / 2
        expectEqual(isLater, true, `expiresAt to be in a day: ${expiresAt}; that`)
      }
    },
  },
  {
    id: 'session-store/made-without-data',
    title: 'makes a session without data',
    async run({ store }) {
      const id = newId()
      await store.createSession(id)
      expectEqual(await readPresence(store, id), [true, true], 'the session')
      expectEqual((await readData(store, id)) ?? {}, {}, 'its data')
    },
  },
  {
    id: 'session-store/copies',
    title: 'gives copies: changing what was read or given changes nothing',
    async run({ store }) {
      const id = newId()
      const given: SessionData = { list: [1] }
      await store.createSession(id, given, DAY_MS)
      ;(given.list as number[]).push(2)
      const read = await readData(store, id)
      ;(read as { list: number[] }).list.push(3)
      expectEqual(await readData(store, id), { list: [1] }, 'data')
    },
  },
  {
    id: 'session-store/made-once',
    title: 'makes a session once, and leaves the one that is there as it was',
    async run({ store, other }) {
      const id = newId()
      const made = await Promise.all(
        [store, other, store, other].map((client, index) => client.createSession(id, { index }, DAY_MS)),
      )
      expectEqual(made.filter((result) => !result).length, 3, 'how many were refused')
      const winner = made.indexOf(true)
      expectEqual(await readData(store, id), { index: winner }, 'data')
    },
  },
  {
    id: 'session-store/merges',
    title: 'changes the keys that are named, and removes those that are null',
    async run({ store, other }) {
      const id = newId()
      await store.createSession(id, { kept: 1, changed: { a: 1, b: 2 }, removed: 'x' }, DAY_MS)
      await other.updateSession(id, { changed: { c: 3 }, removed: null, added: [true], missing: null })
      expectEqual(await readData(store, id), { kept: 1, changed: { c: 3 }, added: [true] }, 'data')
    },
  },
  {
    id: 'session-store/merges-at-once',
    title: 'loses none of the changes that are made at once',
    async run({ store, other }) {
      const id = newId()
      await store.createSession(id, { first: true }, DAY_MS)
      const keys = Array.from({ length: 20 }, (_, index) => `subscription:doc://${index}`)
      await Promise.all(
        keys.map((key, index) => (index % 2 ? store : other).updateSession(id, { [key]: true })),
      )
      const expected = { first: true, ...Object.fromEntries(keys.map((key) => [key, true])) }
      expectEqual(await readData(store, id), expected, 'data')
    },
  },
  {
    id: 'session-store/merges-nothing',
    title: 'says true to no change of a session that is there',
    async run({ store }) {
      const id = newId()
      await store.createSession(id, { a: 1 }, DAY_MS)
      expectEqual(await store.updateSession(id, {}), true, 'no change')
      expectEqual(await store.updateSession(id, { a: undefined } as never), true, 'a change to undefined')
      expectEqual(await readData(store, id), { a: 1 }, 'data')
      expectEqual(await store.updateSession(newId(), {}), false, 'no change of what is not there')
    },
  },
  {
    id: 'session-store/merges-many',
    title: 'changes hundreds of keys at once, and loses none that is changed meanwhile',
    async run({ store, other }) {
      const id = newId()
      const keys = Array.from({ length: 400 }, (_, index) => `key ${index}: ${'x'.repeat(20)}`)
      await store.createSession(id, { kept: true, [keys[0] as string]: 'old', removed: 1 }, DAY_MS)
      const many = { ...Object.fromEntries(keys.map((key, index) => [key, index])), removed: null }
      const changes = [store.updateSession(id, many)]
      for (let index = 0; index < 5; index++)
        changes.push(other.updateSession(id, { [`also ${index}`]: index }))
      expectEqual(await Promise.all(changes), Array(6).fill(true), 'the changes')
      const also = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`also ${index}`, index]))
      const { removed: _, ...added } = many
      expectEqual(await readData(store, id), { kept: true, ...added, ...also }, 'data')
    },
  },
  {
    id: 'session-store/refreshes-updated-at',
    title: 'refreshes updatedAt with every change, and never createdAt',
    async run({ store, pass }) {
      const id = newId()
      await store.createSession(id, {}, DAY_MS)
      const made = await store.getSession(id)
      await pass(20)
      await store.updateSession(id, { a: 1 })
      const now = await store.getSession(id)
      expectEqual(now?.createdAt, made?.createdAt, 'createdAt')
      const isLater = Number(now?.updatedAt) > Number(made?.updatedAt)
      expectEqual(isLater, true, `updatedAt to be later: ${now?.updatedAt}; that`)
    },
  },
  {
    id: 'session-store/makes-nothing-by-the-way',
    title: 'says false to changing or touching a session that is not there, and makes none',
    async run({ store }) {
      const id = newId()
      expectEqual(await store.updateSession(id, { a: 1 }), false, 'the update')
      expectEqual(await store.touchSession(id, DAY_MS), false, 'the touch')
      expectEqual(await readPresence(store, id), [false, false], 'the session')
    },
  },
  {
    id: 'session-store/deletes',
    title: 'deletes for every client, and lets the id be used again',
    async run({ store, other }) {
      const id = newId()
      await store.createSession(id, { old: true }, DAY_MS)
      await other.deleteSession(id)
      expectEqual(await readPresence(store, id), [false, false], 'the session')
      expectEqual(await store.updateSession(id, { a: 1 }), false, 'an update')
      await store.createSession(id, { new: true }, DAY_MS)
      expectEqual(await readData(store, id), { new: true }, 'data')
    },
  },
  ...sessionLifetimeCases,
  ...sessionClaimCases,
  {
    id: 'session-store/unreachable',
    title: 'rejects where the storage cannot be reached, rather than know no session',
    async run({ unreachable }) {
      if (!unreachable) throw new NotApplicable('a store that is always reached')
      const id = newId()
      await expectRejects(unreachable.sessionExists(id), 'sessionExists')
      await expectRejects(unreachable.createSession(id, {}, DAY_MS), 'createSession')
      await expectRejects(unreachable.getSession(id), 'getSession')
      await expectRejects(unreachable.updateSession(id, { a: 1 }), 'updateSession')
      await expectRejects(unreachable.deleteSession(id), 'deleteSession')
      await expectRejects(unreachable.touchSession(id, DAY_MS), 'touchSession')
      if (unreachable.claimSession) await expectRejects(unreachable.claimSession(id, DAY_MS), 'claimSession')
    },
  },
]
