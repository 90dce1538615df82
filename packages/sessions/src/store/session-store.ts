/** A JSON value. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }

/** The data of a session: a flat map whose keys are set and removed individually. */
export type SessionData = Record<string, JsonValue>

/** Changes to a {@link SessionData}. Each key gets the new value; `null` removes the key. */
export type SessionChanges = Record<string, JsonValue>

/** A stored session. */
export interface SessionRecord {
  sessionId: string
  createdAt: Date
  /** When the data was last changed. */
  updatedAt: Date
  /** When the session expires unless it is touched. Left out if it never expires. */
  expiresAt?: Date
  data?: SessionData
}

/** Ends a claim. It may be called more than once. */
export interface ReleaseClaim {
  (): Promise<void>
  /**
   * Extends the claim beyond its first `ttlMs`. Without this method, a request that takes longer than 15 seconds can run
   * on a second node.
   *
   * @param ttlMs - Milliseconds from now.
   * @returns `false` if the claim has ended. Another node may hold it.
   */
  renew?(ttlMs: number): Promise<boolean>
}

/**
 * Stores sessions. An implementation needs no knowledge of MCP: ids are visible ASCII (0x21 to 0x7E, at most 256
 * characters), and data is JSON of at most 64 kB.
 *
 * Every method rejects if the storage cannot be reached or does not answer in reasonable time. A failure must never look
 * like a missing session. An expired session does not exist for any method, even if the storage has not removed it yet.
 *
 * To test an implementation, run `sessionStoreContract` of `@portico-mcp/sessions/contract`.
 */
export interface SessionStore {
  /**
   * The milliseconds after which sessions expire, if the user configured them. `sessions()` uses the value as
   * `idleTimeoutMs`.
   */
  readonly ttlMs?: number | undefined
  /** Resolves with whether a session exists. */
  sessionExists(sessionId: string): Promise<boolean>
  /**
   * Creates a session atomically: of two concurrent calls with the same id, only one succeeds.
   *
   * @param data - The data of the session. @defaultValue none
   * @param ttlMs - Milliseconds until the session expires unless it is touched. @defaultValue the store's own
   * @param holder - The caller that the session counts towards in a store that evicts sessions: it should evict from the
   *   holder with the most sessions. A store without such a limit ignores it. @defaultValue `''`
   * @returns `false` if a session with this id exists. It is left unchanged.
   */
  createSession(sessionId: string, data?: SessionData, ttlMs?: number, holder?: string): Promise<boolean>
  /** Reads a session with the result of the last write. Resolves with `undefined` or `null` if it does not exist. */
  getSession(sessionId: string): Promise<SessionRecord | undefined | null>
  /**
   * Changes some keys of a session's data atomically. Other keys and the expiry stay. Of two concurrent calls that change
   * different keys, both take effect.
   *
   * @returns `false` if the session does not exist. None is created.
   */
  updateSession(sessionId: string, changes: SessionChanges): Promise<boolean>
  /** Deletes a session. Does nothing if it does not exist. */
  deleteSession(sessionId: string): Promise<void>
  /**
   * Extends the expiry of a session.
   *
   * @param ttlMs - Milliseconds from now. @defaultValue the store's own
   * @returns `false` if the session does not exist. None is created.
   */
  touchSession(sessionId: string, ttlMs?: number): Promise<boolean>
  /**
   * Takes a lease on a name: a session id, so that only one node builds the session's server at a time, or a request in
   * the session, so that it runs on one node only. A session of this name need not exist. A store without leases leaves
   * the method out.
   *
   * @param ttlMs - Milliseconds until the lease expires.
   * @returns A function that ends this lease, and never a later one. `undefined` while another holder has the lease.
   */
  claimSession?(sessionId: string, ttlMs: number): Promise<ReleaseClaim | undefined>
}
