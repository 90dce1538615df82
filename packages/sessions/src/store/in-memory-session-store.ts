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
   * Sessions that are kept; beyond, the one of the holder of most that was touched longest ago goes.
   * @defaultValue 10000
   */
  maxSessions?: number | undefined
  /** Milliseconds until a session ends; `sessions` takes it for its `idleTimeoutMs`. @defaultValue 1800000, half an hour */
  ttlMs?: number | undefined
}

interface Entry {
  createdAt: Date
  updatedAt: Date
  /** In milliseconds of the clock that is never set. */
  endsAt: number
  /** JSON, so that nobody holds a part of it. */
  data: string
  holder: string
}

const RULES: Rules<keyof InMemorySessionStoreOptions> = {
  maxSessions: optionRules.numberFrom(1),
  ttlMs: optionRules.positive('milliseconds'),
}

/** Sessions of this process, bounded, and without a timer. */
export class InMemorySessionStore implements SessionStore {
  /** The option, if it was given. */
  readonly ttlMs: number | undefined
  // in the order of touch
  readonly #entries = new Map<string, Entry>()
  readonly #claims = new Claims()
  readonly #holdings = new Holdings<string>()
  readonly #maxSessions: number
  readonly #ttlMs: number

  /** @throws TypeError for an unknown option, RangeError for a limit that is not positive. */
  constructor(options: InMemorySessionStoreOptions = {}) {
    validateOptions('InMemorySessionStore', options, RULES)
    const { maxSessions = 10_000, ttlMs } = options
    this.#maxSessions = maxSessions
    this.ttlMs = ttlMs
    this.#ttlMs = ttlMs ?? 30 * 60_000
  }

  /** How many sessions are kept. */
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
