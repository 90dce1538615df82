import { expectEqual, NotApplicable, newId } from '@portico-mcp/core/internal'
import type { SessionStore } from '../store/session-store.ts'
import { DAY_MS, type SessionStoreCase } from './session-store-subject.ts'

/** Cases of leases of sessions. */
export const sessionClaimCases: readonly SessionStoreCase[] = [
  {
    id: 'session-store/claims',
    title: 'gives a lease to one at a time, and to the next when it is released',
    async run({ store, other }) {
      const id = newId()
      await store.createSession(id, {}, DAY_MS)
      const claim = getClaim(store)
      const claims = await Promise.all([claim(id, DAY_MS), getClaim(other)(id, DAY_MS), claim(id, DAY_MS)])
      const [release, ...more] = claims.filter((one) => one !== undefined)
      expectEqual([typeof release, more.length], ['function', 0], 'who holds the lease')
      await release?.()
      await release?.()
      const next = await getClaim(other)(id, DAY_MS)
      expectEqual(typeof next, 'function', 'the next claim')
      await release?.()
      expectEqual(await claim(id, DAY_MS), undefined, "a claim after another's release was called again")
    },
  },
  {
    id: 'session-store/claims-apart',
    title: 'gives leases on two sessions at once',
    async run({ store, other }) {
      const claims = [await getClaim(store)(newId(), DAY_MS), await getClaim(other)(newId(), DAY_MS)]
      expectEqual(
        claims.map((release) => typeof release),
        ['function', 'function'],
        'the claims',
      )
    },
  },
  {
    id: 'session-store/claims-expire',
    title: 'ends a lease that nobody releases, in time',
    async run({ store, other, ttlMs, pass }) {
      const id = newId()
      await store.createSession(id, {}, DAY_MS)
      const late = await getClaim(store)(id, ttlMs)
      await pass(ttlMs + 1100)
      expectEqual(typeof (await getClaim(other)(id, DAY_MS)), 'function', 'the next claim')
      await late?.()
      expectEqual(await getClaim(store)(id, DAY_MS), undefined, 'a claim after a late release')
    },
  },
  {
    id: 'session-store/claims-renew',
    title: 'keeps a lease that is renewed in time, and renews none that has ended',
    async run({ store, other, ttlMs, pass }) {
      const name = newId()
      const release = await getClaim(store)(name, ttlMs)
      if (!release?.renew) throw new NotApplicable('a store whose claims cannot be renewed')
      expectEqual(await release.renew(DAY_MS), true, 'the renewal')
      await pass(ttlMs + 1100)
      expectEqual(await getClaim(other)(name, DAY_MS), undefined, "another's claim to what was renewed")
      await release()
      expectEqual(await release.renew(DAY_MS), false, 'the renewal of what was released')
      const next = await getClaim(other)(name, ttlMs)
      expectEqual(await release.renew(DAY_MS), false, "the renewal of what is another's")
      await pass(ttlMs + 1100)
      expectEqual(await next?.renew?.(DAY_MS), false, 'the renewal of what has ended')
      expectEqual(typeof (await getClaim(store)(name, DAY_MS)), 'function', 'the last claim')
    },
  },
]

function getClaim(store: SessionStore): NonNullable<SessionStore['claimSession']> {
  if (!store.claimSession) throw new NotApplicable('a store without claims')
  return store.claimSession.bind(store)
}
