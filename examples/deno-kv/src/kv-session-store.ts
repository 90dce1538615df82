import type {
  ReleaseClaim,
  SessionChanges,
  SessionData,
  SessionRecord,
  SessionStore,
} from '@portico-mcp/sessions'
import { change, type Expiring, type Kv, type KvKey, whileValid } from './kv.ts'

interface StoredSession extends Expiring {
  createdAt: number
  updatedAt: number
  data: SessionData
}

interface Claim extends Expiring {
  holder: string
}

/** Options of {@link KvSessionStore}. */
export interface KvSessionStoreOptions {
  /** Milliseconds until a session ends. @defaultValue 1800000 (30 minutes) */
  ttlMs?: number | undefined
  /** The first part of all keys. @defaultValue `portico` */
  prefix?: string | undefined
}

/** Stores sessions in Deno KV, each in one value. A value has at most 64 KiB. */
export class KvSessionStore implements SessionStore {
  readonly ttlMs: number
  readonly #kv: Kv
  readonly #prefix: string

  constructor(kv: Kv, { ttlMs = 30 * 60_000, prefix = 'portico' }: KvSessionStoreOptions = {}) {
    this.#kv = kv
    this.ttlMs = ttlMs
    this.#prefix = prefix
  }

  async sessionExists(sessionId: string): Promise<boolean> {
    return (await this.getSession(sessionId)) !== undefined
  }

  createSession(sessionId: string, data: SessionData = {}, ttlMs: number = this.ttlMs): Promise<boolean> {
    const now = Date.now()
    return change<StoredSession, boolean>(this.#kv, this.#key(sessionId), (held) =>
      held
        ? { result: false }
        : {
            result: true,
            next: { createdAt: now, updatedAt: now, until: now + ttlMs, data: withoutUndefined(data) },
          },
    )
  }

  async getSession(sessionId: string): Promise<SessionRecord | undefined> {
    const held = whileValid((await this.#kv.get<StoredSession>(this.#key(sessionId))).value)
    return (
      held && {
        sessionId,
        createdAt: new Date(held.createdAt),
        updatedAt: new Date(held.updatedAt),
        expiresAt: new Date(held.until),
        data: held.data,
      }
    )
  }

  updateSession(sessionId: string, changes: SessionChanges): Promise<boolean> {
    return this.#change(sessionId, (held) => ({
      ...held,
      updatedAt: Date.now(),
      data: Object.fromEntries(
        Object.entries({ ...held.data, ...withoutUndefined(changes) }).filter(([, value]) => value !== null),
      ),
    }))
  }

  async deleteSession(sessionId: string): Promise<void> {
    await this.#kv.delete(this.#key(sessionId))
  }

  touchSession(sessionId: string, ttlMs: number = this.ttlMs): Promise<boolean> {
    return this.#change(sessionId, (held) => ({ ...held, until: Date.now() + ttlMs }))
  }

  async claimSession(sessionId: string, ttlMs: number): Promise<ReleaseClaim | undefined> {
    const key = [this.#prefix, 'claim', sessionId]
    const holder = crypto.randomUUID()
    const hasClaimed = await change<Claim, boolean>(this.#kv, key, (held) =>
      held ? { result: false } : { result: true, next: { holder, until: Date.now() + ttlMs } },
    )
    if (!hasClaimed) return undefined
    const release = (): Promise<void> =>
      change<Claim, void>(this.#kv, key, (held) =>
        held?.holder === holder ? { result: undefined, remove: true } : { result: undefined },
      )
    const renew = (ms: number): Promise<boolean> =>
      change<Claim, boolean>(this.#kv, key, (held) =>
        held?.holder === holder
          ? { result: true, next: { holder, until: Date.now() + ms } }
          : { result: false },
      )
    return Object.assign(release, { renew })
  }

  #change(sessionId: string, replace: (held: StoredSession) => StoredSession): Promise<boolean> {
    return change<StoredSession, boolean>(this.#kv, this.#key(sessionId), (held) =>
      held ? { result: true, next: replace(held) } : { result: false },
    )
  }

  #key(sessionId: string): KvKey {
    return [this.#prefix, 'session', sessionId]
  }
}

const withoutUndefined = (data: SessionData): SessionData =>
  Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined))
