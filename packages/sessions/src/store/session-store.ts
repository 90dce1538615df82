/** Anything that JSON can carry. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }

/** What a session holds: a flat map, whose keys are set and removed one by one. */
export type SessionData = Record<string, JsonValue>

/** Changes to a {@link SessionData}: keys that are named get a new value, or go where it is `null`. */
export type SessionChanges = Record<string, JsonValue>

/** A session as a store keeps it. */
export interface SessionRecord {
  sessionId: string
  createdAt: Date
  /** When its data last changed. */
  updatedAt: Date
  /** When it ends, unless it is touched before; left out where it never does. */
  expiresAt?: Date
  data?: SessionData
}

/** Ends a claim; may be called again. */
export interface ReleaseClaim {
  (): Promise<void>
  /**
   * Puts off the end of the claim, so that it can outlast its first `ttlMs`. Without it, a request that takes
   * longer than 15 seconds is no longer kept from running on a second node.
   *
   * @param ttlMs - Milliseconds from now.
   * @returns `false` where the claim has ended; another may hold it by now.
   */
  renew?(ttlMs: number): Promise<boolean>
}

/**
 * Where sessions are kept. It knows nothing of MCP: ids are visible ASCII (0x21 to 0x7E, at most 256
 * characters), data is JSON of at most 64 kB.
 *
 * Every method rejects where the storage cannot be reached, or does not answer in reasonable time: never may
 * a failure look like a session that is not there. A session whose time is over is not there, whether the
 * storage has removed it yet or not.
 *
 * `sessionStoreContract` of `@portico-mcp/sessions/contract` tests an implementation.
 */
export interface SessionStore {
  /**
   * Milliseconds that the store was told to keep a session; undefined where it was not told. `sessions` takes it
   * for `idleTimeoutMs`.
   */
  readonly ttlMs?: number | undefined
  /** Whether there is a session. */
  sessionExists(sessionId: string): Promise<boolean>
  /**
   * Adds a session, in one step: of two calls at once with one id, one fails.
   *
   * @param data - What it holds. @defaultValue nothing
   * @param ttlMs - Milliseconds until it ends, unless it is touched. @defaultValue the store's own
   * @param holder - Who it counts for, in a store that removes sessions to make room: it should take from the
   *   holder of most. A store without such a limit ignores it. @defaultValue `''`
   * @returns `false` where there is one with this id, which stays as it was.
   */
  createSession(sessionId: string, data?: SessionData, ttlMs?: number, holder?: string): Promise<boolean>
  /** Reads a session, as the last write left it; `undefined` or `null` where there is none. */
  getSession(sessionId: string): Promise<SessionRecord | undefined | null>
  /**
   * Changes some keys of a session's data, in one step; the others, and its end, stay. Two calls at once
   * that change different keys both count.
   *
   * @returns `false` where there is none; none is made.
   */
  updateSession(sessionId: string, changes: SessionChanges): Promise<boolean>
  /** Removes a session; no error where there is none. */
  deleteSession(sessionId: string): Promise<void>
  /**
   * Puts off a session's end.
   *
   * @param ttlMs - Milliseconds from now. @defaultValue the store's own
   * @returns `false` where there is none; none is made.
   */
  touchSession(sessionId: string, ttlMs?: number): Promise<boolean>
  /**
   * Takes a lease on a name: a session's id, so that only one node builds its server at a time, or a request in
   * it, so that it runs on one node. There need not be a session of this name. A store that cannot do so leaves
   * the method out.
   *
   * @param ttlMs - Milliseconds until the lease ends by itself.
   * @returns What ends the lease, and never another's; `undefined` where another holds it.
   */
  claimSession?(sessionId: string, ttlMs: number): Promise<ReleaseClaim | undefined>
}
