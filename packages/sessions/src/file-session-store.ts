import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { changed } from './changed.ts'
import { Claims } from './claims.ts'
import type {
  ReleaseClaim,
  SessionChanges,
  SessionData,
  SessionRecord,
  SessionStore,
} from './session-store.ts'

/** Options of {@link FileSessionStore}. */
export interface FileSessionStoreOptions {
  /** Where the sessions are, a file each; made if it is not there. */
  folder: string
  /** Milliseconds until a session ends, where nobody says. @defaultValue 1800000, half an hour */
  ttlMs?: number
}

interface Stored {
  createdAt: number
  updatedAt: number
  expiresAt: number
  data: SessionData
}

/**
 * Sessions in a folder, so that those of a server under development survive its restarts. One process at a
 * time uses a folder; for more, share a store that is made for it. Sessions that are over are removed when the
 * store is next made, and when they are asked for.
 */
export class FileSessionStore implements SessionStore {
  readonly #folder: string
  readonly #ttlMs: number
  readonly #claims = new Claims()
  readonly #ready: Promise<unknown>
  // one thing after the other, a session
  readonly #queues = new Map<string, Promise<unknown>>()

  /** @throws RangeError for a `ttlMs` that is not positive. */
  constructor({ folder, ttlMs = 30 * 60_000 }: FileSessionStoreOptions) {
    if (!(ttlMs > 0)) throw new RangeError('FileSessionStore: ttlMs must be a number greater than 0')
    this.#folder = folder
    this.#ttlMs = ttlMs
    this.#ready = this.#open()
    // whoever calls a method hears of it
    this.#ready.catch(() => {})
  }

  async sessionExists(sessionId: string): Promise<boolean> {
    return (await this.getSession(sessionId)) !== undefined
  }

  createSession(sessionId: string, data: SessionData = {}, ttlMs: number = this.#ttlMs): Promise<boolean> {
    return this.#inTurn(sessionId, async () => {
      if (await this.#read(sessionId)) return false
      const now = Date.now()
      await this.#write(sessionId, { createdAt: now, updatedAt: now, expiresAt: now + ttlMs, data })
      return true
    })
  }

  getSession(sessionId: string): Promise<SessionRecord | undefined> {
    return this.#inTurn(sessionId, async () => {
      const stored = await this.#read(sessionId)
      return (
        stored && {
          sessionId,
          createdAt: new Date(stored.createdAt),
          updatedAt: new Date(stored.updatedAt),
          expiresAt: new Date(stored.expiresAt),
          data: stored.data,
        }
      )
    })
  }

  updateSession(sessionId: string, changes: SessionChanges): Promise<boolean> {
    return this.#rewrite(sessionId, (stored) => ({
      ...stored,
      updatedAt: Date.now(),
      data: changed(stored.data, changes),
    }))
  }

  deleteSession(sessionId: string): Promise<void> {
    return this.#inTurn(sessionId, () => rm(this.#fileOf(sessionId), { force: true }))
  }

  touchSession(sessionId: string, ttlMs: number = this.#ttlMs): Promise<boolean> {
    return this.#rewrite(sessionId, (stored) => ({ ...stored, expiresAt: Date.now() + ttlMs }))
  }

  async claimSession(sessionId: string, ttlMs: number): Promise<ReleaseClaim | undefined> {
    await this.#ready
    return this.#claims.take(sessionId, ttlMs)
  }

  async #open(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    for (const name of await readdir(this.#folder)) {
      const file = join(this.#folder, name)
      if (name.endsWith(EXTENSION)) await readStored(file)
      // left by a process that ended within a write
      else if (name.endsWith(UNFINISHED)) await rm(file, { force: true })
    }
  }

  #inTurn<T>(sessionId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(sessionId) ?? this.#ready
    const turn = before
      .catch(() => {})
      .then(() => this.#ready)
      .then(work)
    this.#queues.set(sessionId, turn)
    const forget = (): void => {
      if (this.#queues.get(sessionId) === turn) this.#queues.delete(sessionId)
    }
    turn.then(forget, forget)
    return turn
  }

  #rewrite(sessionId: string, rewritten: (stored: Stored) => Stored): Promise<boolean> {
    return this.#inTurn(sessionId, async () => {
      const stored = await this.#read(sessionId)
      if (stored) await this.#write(sessionId, rewritten(stored))
      return stored !== undefined
    })
  }

  #read(sessionId: string): Promise<Stored | undefined> {
    return readStored(this.#fileOf(sessionId))
  }

  // renamed into place: a reader never sees half of it
  async #write(sessionId: string, stored: Stored): Promise<void> {
    const unfinished = join(this.#folder, `${randomUUID()}${UNFINISHED}`)
    await writeFile(unfinished, JSON.stringify(stored), { mode: 0o600 })
    await rename(unfinished, this.#fileOf(sessionId))
  }

  #fileOf(sessionId: string): string {
    // a digest is a name that leads nowhere, however a session is called
    return join(this.#folder, `${createHash('sha256').update(sessionId).digest('hex')}${EXTENSION}`)
  }
}

const EXTENSION = '.session.json'
const UNFINISHED = '.unfinished'

async function readStored(file: string): Promise<Stored | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const stored: Stored = JSON.parse(text)
  if (stored.expiresAt > Date.now()) return stored
  await rm(file, { force: true })
  return undefined
}
