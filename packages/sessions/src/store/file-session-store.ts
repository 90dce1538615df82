import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { optionRules, type Rules, sha256, validateOptions } from '@portico-mcp/core/internal'
import { applyChanges } from './apply-changes.ts'
import { Claims } from './claims.ts'
import {
  makeFolder,
  readSessionFile,
  removeSessionFile,
  type StoredSession,
  UNFINISHED,
  writeSessionFile,
} from './session-file.ts'
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
  /** Milliseconds until a session ends; `sessions` takes it for its `idleTimeoutMs`. @defaultValue 1800000, half an hour */
  ttlMs?: number | undefined
  /**
   * Called with an error for each file that cannot be read, which names it. Its session is lost, and the file is
   * moved aside as `<name>.corrupt`; every other session is served. @defaultValue `console.error`
   */
  onerror?: ((error: Error) => void) | undefined
}

const EXTENSION = '.session.json'

const RULES: Rules<keyof FileSessionStoreOptions> = {
  folder: optionRules.text,
  ttlMs: optionRules.positive('milliseconds'),
  onerror: optionRules.callback,
}

/**
 * Sessions in a folder, so that those of a server under development survive its restarts. One process at a
 * time uses a folder; for more, share a store that is made for it. Sessions that are over are removed when the
 * store is next made, and when they are asked for. What is written has reached the disk when a method resolves.
 */
export class FileSessionStore implements SessionStore {
  /** The option, if it was given. */
  readonly ttlMs: number | undefined
  readonly #folder: string
  readonly #ttlMs: number
  readonly #onerror: (error: Error) => void
  readonly #claims = new Claims(() => Date.now())
  #opening: Promise<void> | undefined
  // one thing after the other, a session
  readonly #queues = new Map<string, Promise<unknown>>()

  /**
   * @throws TypeError for an unknown option and without a folder.
   * @throws RangeError for a `ttlMs` that is not positive.
   */
  constructor(options: FileSessionStoreOptions) {
    validateOptions('FileSessionStore', options, RULES)
    const { folder, ttlMs, onerror = console.error } = options
    if (folder === undefined) throw new TypeError('FileSessionStore: folder must be the path of a folder')
    this.#folder = folder
    this.ttlMs = ttlMs
    this.#ttlMs = ttlMs ?? 30 * 60_000
    this.#onerror = onerror
    // a method that is called throws what this does
    this.#ready().catch(() => {})
  }

  async sessionExists(sessionId: string): Promise<boolean> {
    return (await this.getSession(sessionId)) !== undefined
  }

  createSession(sessionId: string, data: SessionData = {}, ttlMs: number = this.#ttlMs): Promise<boolean> {
    return this.#enqueue(sessionId, async () => {
      if (await this.#read(sessionId)) return false
      const now = Date.now()
      const stored = { createdAt: now, updatedAt: now, expiresAt: now + ttlMs, data }
      await writeSessionFile(this.#getPath(sessionId), stored)
      return true
    })
  }

  getSession(sessionId: string): Promise<SessionRecord | undefined> {
    return this.#enqueue(sessionId, async () => {
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
      data: applyChanges(stored.data, changes),
    }))
  }

  deleteSession(sessionId: string): Promise<void> {
    return this.#enqueue(sessionId, () => removeSessionFile(this.#getPath(sessionId)))
  }

  touchSession(sessionId: string, ttlMs: number = this.#ttlMs): Promise<boolean> {
    return this.#rewrite(sessionId, (stored) => ({ ...stored, expiresAt: Date.now() + ttlMs }))
  }

  async claimSession(sessionId: string, ttlMs: number): Promise<ReleaseClaim | undefined> {
    await this.#ready()
    return this.#claims.take(sessionId, ttlMs)
  }

  // A folder that cannot be opened now may be later: every call tries again.
  #ready(): Promise<void> {
    this.#opening ??= this.#open().catch((error) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #open(): Promise<void> {
    await makeFolder(this.#folder)
    for (const name of await readdir(this.#folder)) {
      const file = join(this.#folder, name)
      // left by a process that ended within a write
      if (name.endsWith(UNFINISHED)) await rm(file, { force: true, recursive: true }).catch(this.#report)
      else if (name.endsWith(EXTENSION)) await readSessionFile(file, this.#report).catch(this.#report)
    }
  }

  #enqueue<T>(sessionId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(sessionId) ?? Promise.resolve()
    const turn = before
      .catch(() => {})
      .then(() => this.#ready())
      .then(work)
    this.#queues.set(sessionId, turn)
    const forget = (): void => {
      if (this.#queues.get(sessionId) === turn) this.#queues.delete(sessionId)
    }
    turn.then(forget, forget)
    return turn
  }

  #rewrite(sessionId: string, rewrite: (stored: StoredSession) => StoredSession): Promise<boolean> {
    return this.#enqueue(sessionId, async () => {
      const stored = await this.#read(sessionId)
      if (stored) await writeSessionFile(this.#getPath(sessionId), rewrite(stored))
      return stored !== undefined
    })
  }

  #read(sessionId: string): Promise<StoredSession | undefined> {
    return readSessionFile(this.#getPath(sessionId), this.#report)
  }

  #getPath(sessionId: string): string {
    // a digest is a name that leads nowhere, however a session is called
    return join(this.#folder, `${sha256(sessionId)}${EXTENSION}`)
  }

  readonly #report = (error: Error): void => {
    try {
      this.#onerror(error)
    } catch {
      // Nothing that an onerror throws is worth a session.
    }
  }
}
