import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { KeyedQueue, optionRules, type Rules, sha256, validateOptions } from '@portico-mcp/core/internal'
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
  /** The path of the folder, with one file for each session. It is created if it does not exist. */
  folder: string
  /** Milliseconds until a session ends. `sessions()` uses it as `idleTimeoutMs`. @defaultValue 1800000 (30 minutes) */
  ttlMs?: number | undefined
  /**
   * Called for each file that cannot be read, with an error that names the file. The session of that file is lost, and
   * the file is renamed to `<name>.corrupt`. All other sessions are served. @defaultValue `console.error`
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
 * Stores sessions in a folder, so that they survive restarts of a server during development. Only one process may use
 * a folder at a time; for several, use Redis or DynamoDB. Expired sessions are removed when the store is created and
 * when they are read. When a method resolves, its writes have reached the disk.
 */
export class FileSessionStore implements SessionStore {
  /** The `ttlMs` option, or undefined if it was not set. */
  readonly ttlMs: number | undefined
  readonly #folder: string
  readonly #ttlMs: number
  readonly #onerror: (error: Error) => void
  readonly #claims = new Claims(() => Date.now())
  readonly #queue = new KeyedQueue(() => this.#open())

  /**
   * @throws TypeError for an unknown option, or if `folder` is missing.
   * @throws RangeError if `ttlMs` is not positive.
   */
  constructor(options: FileSessionStoreOptions) {
    validateOptions('FileSessionStore', options, RULES)
    const { folder, ttlMs, onerror = console.error } = options
    if (folder === undefined)
      throw new TypeError('FileSessionStore: folder must be the path of a folder (got undefined)')
    this.#folder = folder
    this.ttlMs = ttlMs
    this.#ttlMs = ttlMs ?? 30 * 60_000
    this.#onerror = onerror
    // Every method calls `#ready()` again and rejects with this error.
    this.#queue.ready().catch(() => {})
  }

  async sessionExists(sessionId: string): Promise<boolean> {
    return (await this.getSession(sessionId)) !== undefined
  }

  createSession(sessionId: string, data: SessionData = {}, ttlMs: number = this.#ttlMs): Promise<boolean> {
    return this.#queue.run(sessionId, async () => {
      if (await this.#read(sessionId)) return false
      const now = Date.now()
      const stored = { createdAt: now, updatedAt: now, expiresAt: now + ttlMs, data }
      await writeSessionFile(this.#getPath(sessionId), stored)
      return true
    })
  }

  getSession(sessionId: string): Promise<SessionRecord | undefined> {
    return this.#queue.run(sessionId, async () => {
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
    return this.#queue.run(sessionId, () => removeSessionFile(this.#getPath(sessionId)))
  }

  touchSession(sessionId: string, ttlMs: number = this.#ttlMs): Promise<boolean> {
    return this.#rewrite(sessionId, (stored) => ({ ...stored, expiresAt: Date.now() + ttlMs }))
  }

  async claimSession(sessionId: string, ttlMs: number): Promise<ReleaseClaim | undefined> {
    await this.#queue.ready()
    return this.#claims.take(sessionId, ttlMs)
  }

  async #open(): Promise<void> {
    await makeFolder(this.#folder)
    for (const name of await readdir(this.#folder)) {
      const file = join(this.#folder, name)
      // A process that ended during a write left this file behind.
      if (name.endsWith(UNFINISHED)) await rm(file, { force: true, recursive: true }).catch(this.#report)
      else if (name.endsWith(EXTENSION)) await readSessionFile(file, this.#report).catch(this.#report)
    }
  }

  #rewrite(sessionId: string, rewrite: (stored: StoredSession) => StoredSession): Promise<boolean> {
    return this.#queue.run(sessionId, async () => {
      const stored = await this.#read(sessionId)
      if (stored) await writeSessionFile(this.#getPath(sessionId), rewrite(stored))
      return stored !== undefined
    })
  }

  #read(sessionId: string): Promise<StoredSession | undefined> {
    return readSessionFile(this.#getPath(sessionId), this.#report)
  }

  #getPath(sessionId: string): string {
    // A session id may contain `../` or characters that file systems reject, so the file name is its digest.
    return join(this.#folder, `${sha256(sessionId)}${EXTENSION}`)
  }

  readonly #report = (error: Error): void => {
    try {
      this.#onerror(error)
    } catch {
      // An error thrown by `onerror` must not fail the operation.
    }
  }
}
