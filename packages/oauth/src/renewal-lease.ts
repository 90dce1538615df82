import type { OAuthContext } from './context.ts'
import { generateSecret } from './digest.ts'

/** A lock with a time limit that all nodes see. */
export interface Lease {
  /** Acquires the lease. Returns `false` if another one holds it. */
  acquire(): Promise<boolean>
  /** Restarts the time limit. Returns `false` if the lease has expired. */
  extend(): Promise<boolean>
  release(): Promise<void>
  /** Whether anyone holds the lease. */
  isHeld(): Promise<boolean>
}

/** Milliseconds that a lease lasts. */
const LEASE_MS = 15_000

/**
 * Creates a lease.
 *
 * @param id - The id of its record in the store.
 * @param owner - The owner of the record, see `toRecordOwner`.
 */
export function createLease(id: string, owner: string, { settings }: OAuthContext): Lease {
  const store = settings.stores.transient
  const holder = generateSecret()
  const isHolder = async (): Promise<boolean> => (await store.getSession(id))?.data?.holder === holder
  return {
    acquire: () => store.createSession(id, { holder }, LEASE_MS, owner),
    extend: async () => (await isHolder()) && store.touchSession(id, LEASE_MS),
    async release() {
      if (await isHolder()) await store.deleteSession(id)
    },
    isHeld: () => store.sessionExists(id),
  }
}
