import { optionRules, type Rules, toLifetimeMs, validateOptions } from '@portico-mcp/core/internal'
import type {
  ReleaseClaim,
  SessionChanges,
  SessionData,
  SessionRecord,
  SessionStore,
} from '@portico-mcp/sessions'
import { nameClaimObject } from './names.ts'
import type { Objects } from './objects.ts'

/** Options of {@link DurableSessionStore}. */
export interface DurableSessionStoreOptions {
  /** Milliseconds until a session ends. `sessions()` uses it as `idleTimeoutMs`. @defaultValue 1800000 (30 minutes) */
  ttlMs?: number | undefined
}

const RULES: Rules<keyof DurableSessionStoreOptions> = { ttlMs: optionRules.positive('milliseconds') }

/**
 * Stores records in Durable Objects, which remove them when they expire. Every method rejects with a `CloudflareError` if
 * the object cannot be reached.
 */
export class DurableSessionStore implements SessionStore {
  /** The `ttlMs` option, or undefined if it was not set. */
  readonly ttlMs: number | undefined
  readonly #objects: Objects
  readonly #ttlMs: number
  readonly #nameObject: (sessionId: string) => string

  /**
   * @param nameObject - Returns the name of the object that stores a record.
   * @throws RangeError if `ttlMs` is not positive.
   */
  constructor(
    objects: Objects,
    nameObject: (sessionId: string) => string,
    options: DurableSessionStoreOptions = {},
  ) {
    validateOptions('sessionStore', options, RULES)
    const { ttlMs } = options
    this.#objects = objects
    this.#nameObject = nameObject
    this.ttlMs = ttlMs
    this.#ttlMs = toLifetimeMs(ttlMs ?? 30 * 60_000, 'sessionStore')
  }

  sessionExists(sessionId: string): Promise<boolean> {
    return this.#objects.call(this.#nameObject(sessionId), 'hasRecord', sessionId)
  }

  async createSession(
    sessionId: string,
    data: SessionData = {},
    ttlMs: number = this.#ttlMs,
  ): Promise<boolean> {
    const lifetimeMs = toLifetimeMs(ttlMs, 'createSession')
    const args = [sessionId, data, lifetimeMs, crypto.randomUUID()] as const
    return this.#objects.call(this.#nameObject(sessionId), 'createRecord', ...args)
  }

  async getSession(sessionId: string): Promise<SessionRecord | undefined> {
    const record = await this.#objects.call(this.#nameObject(sessionId), 'readRecord', sessionId)
    if (!record) return undefined
    return {
      sessionId,
      createdAt: new Date(record.createdAt),
      updatedAt: new Date(record.updatedAt),
      expiresAt: new Date(record.expiresAt),
      data: record.data as SessionData,
    }
  }

  updateSession(sessionId: string, changes: SessionChanges): Promise<boolean> {
    return this.#objects.call(this.#nameObject(sessionId), 'updateRecord', sessionId, changes)
  }

  async deleteSession(sessionId: string): Promise<void> {
    await this.#objects.call(this.#nameObject(sessionId), 'deleteRecord', sessionId)
  }

  async touchSession(sessionId: string, ttlMs: number = this.#ttlMs): Promise<boolean> {
    const lifetimeMs = toLifetimeMs(ttlMs, 'touchSession')
    return this.#objects.call(this.#nameObject(sessionId), 'touchRecord', sessionId, lifetimeMs)
  }

  async claimSession(sessionId: string, ttlMs: number): Promise<ReleaseClaim | undefined> {
    const [objects, object, holder] = [this.#objects, nameClaimObject(sessionId), crypto.randomUUID()]
    const lifetimeMs = toLifetimeMs(ttlMs, 'claimSession')
    const release = async (): Promise<void> =>
      void (await objects.call(object, 'releaseClaim', sessionId, holder))
    const renew = async (ms: number): Promise<boolean> =>
      objects.call(object, 'renewClaim', sessionId, holder, toLifetimeMs(ms, 'renew'))
    const isTaken = await objects.call(object, 'takeClaim', sessionId, holder, lifetimeMs)
    return isTaken ? Object.assign(release, { renew }) : undefined
  }
}
