import type { ContractCase } from '@portico-mcp/core/internal'
import type { SessionData, SessionStore } from '../store/session-store.ts'

/** What the cases of `sessionStoreContract` run against. */
export interface SessionStoreSubject {
  store: SessionStore
  /** Another client of the same storage, as another node has; the same object for a store in memory. */
  other: SessionStore
  /** A store whose storage cannot be reached. Leave it out for a store that can always be reached. */
  unreachable?: SessionStore
  /** Milliseconds that a session of these cases lives; enough for a few calls. */
  ttlMs: number
  /** Lets time pass. */
  pass(ms: number): Promise<void>
}

/** A case of `sessionStoreContract`. */
export type SessionStoreCase = ContractCase<SessionStoreSubject>

export const DAY_MS = 86_400_000

/** Reads the data of a session; undefined if there is no such session. */
export async function readData(store: SessionStore, id: string): Promise<SessionData | undefined> {
  return (await store.getSession(id))?.data
}

/** Asks in both ways whether there is a session. */
export async function readPresence(store: SessionStore, id: string): Promise<boolean[]> {
  return [await store.sessionExists(id), Boolean(await store.getSession(id))]
}
