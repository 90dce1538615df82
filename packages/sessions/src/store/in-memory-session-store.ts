import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { applyChanges } from './apply-changes.ts'
import { Claims } from './claims.ts'
import { Holdings } from './holdings.ts'
import type {
  ReleaseClaim,
  SessionChanges,
  SessionData,
  SessionRecord,
  SessionStore,
} from './session-store.ts'

/** Options of {@link InMemorySessionStore}. */
export interface InMemorySessionStoreOptions {
  /**
   * The number of sessions that are stored. Beyond it, the holder with the most sessions loses the one that was touched
   * least recently.
   * @defaultValue 10000
   */
  maxSessions?: number | undefined
  /** Milliseconds until a session ends. `sessions()` uses it as `idleTimeoutMs`. @defaultValue 1800000 (30 minutes) */
  ttlMs?: number | undefined
}

interface Entry {
  createdAt: Date
  updatedAt: Date
  /** When the session ends, by `performance.now()`. */
  endsAt: number
  /** JSON text, so that callers cannot change the stored data through a reference. */
  data: string
  holder: string
}

const RULES: Rules<keyof InMemorySessionStoreOptions> = {
  maxSessions: optionRules.numberFrom(1),
  ttlMs: optionRules.positive('milliseconds'),
}

/** Stores sessions in memory, up to a limit. It starts no timer: expired sessions are removed by later calls. */
export class InMemorySessionStore implements SessionStore {
  /** The `ttlMs` option, or undefined if it was not set. */
  readonly ttlMs: number | undefined
  /** In the order of expiry, as long as all sessions have the same `ttlMs`. */
  readonly #entries = new Map<string, Entry>()
  readonly #claims = new Claims()
  readonly #holdings = new Holdings<string>()
  readonly #maxSessions: number
  readonly #ttlMs: number

  /**
   * @throws TypeError for an unknown option.
   * @throws RangeError if `maxSessions` or `ttlMs` is not positive.
   */
  constructor(options: InMemorySessionStoreOptions = {}) {
    validateOptions('InMemorySessionStore', options, RULES)
    const { maxSessions = 10_000, ttlMs } = options
    this.#maxSessions = maxSessions
    this.ttlMs = ttlMs
    this.#ttlMs = ttlMs ?? 30 * 60_000
  }

  /** The number of stored sessions that have not expired. */
  get size(): number {
    this.#dropEnded()
    return this.#entries.size
  }

  /** Removes every session. */
  clear(): void {
    this.#entries.clear()
    this.#holdings.clear()
    this.#claims.clear()
  }

  async sessionExists(sessionId: string): Promise<boolean> {
    return this.#find(sessionId) !== undefined
  }

  async createSession(
    sessionId: string,
    data: SessionData = {},
    ttlMs: number = this.#ttlMs,
    holder = '',
  ): Promise<boolean> {
    if (this.#find(sessionId)) return false
    this.#dropEnded()
    if (this.#entries.size >= this.#maxSessions) this.#makeRoom(holder)
    const now = new Date()
    this.#entries.set(sessionId, {
      createdAt: now,
      updatedAt: now,
      endsAt: performance.now() + ttlMs,
      data: JSON.stringify(data),
      holder,
    })
    this.#holdings.use(holder, sessionId)
    return true
  }

  async getSession(sessionId: string): Promise<SessionRecord | undefined> {
    const entry = this.#find(sessionId)
    if (!entry) return undefined
    return {
      sessionId,
      createdAt: new Date(entry.createdAt),
      updatedAt: new Date(entry.updatedAt),
      expiresAt: new Date(Date.now() + entry.endsAt - performance.now()),
      data: JSON.parse(entry.data),
    }
  }

  async updateSession(sessionId: string, changes: SessionChanges): Promise<boolean> {
    const entry = this.#find(sessionId)
    if (!entry) return false
    entry.data = JSON.stringify(applyChanges(JSON.parse(entry.data), changes))
    entry.updatedAt = new Date()
    return true
  }

  async deleteSession(sessionId: string): Promise<void> {
    this.#drop(sessionId)
  }

  async touchSession(sessionId: string, ttlMs: number = this.#ttlMs): Promise<boolean> {
    const entry = this.#find(sessionId)
    if (!entry) return false
    this.#entries.delete(sessionId)
    this.#entries.set(sessionId, { ...entry, endsAt: performance.now() + ttlMs })
    this.#holdings.use(entry.holder, sessionId)
    return true
  }

  async claimSession(sessionId: string, ttlMs: number): Promise<ReleaseClaim | undefined> {
    return this.#claims.take(sessionId, ttlMs)
  }

  #find(sessionId: string): Entry | undefined {
    const entry = this.#entries.get(sessionId)
    if (!entry || entry.endsAt > performance.now()) return entry
    this.#drop(sessionId)
    return undefined
  }

  #dropEnded(): void {
    const now = performance.now()
    for (const [sessionId, { endsAt }] of this.#entries) {
      if (endsAt > now) break
      this.#drop(sessionId)
    }
  }

  #makeRoom(holder: string): void {
    const [most] = this.#holdings.fromLargest(holder)
    if (most) this.#drop(most[0])
  }

  #drop(sessionId: string): void {
    this.#holdings.delete(sessionId)
    this.#entries.delete(sessionId)
    this.#claims.delete(sessionId)
  }
}
