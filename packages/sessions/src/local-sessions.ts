import type { Refusal } from '@portico-mcp/core'
import { handlerClosed } from '@portico-mcp/core/internal'
import { onBusMessage } from './cluster/on-bus-message.ts'
import { sessionEnded, sessionsBusy, wrapStoreErrors } from './refusals.ts'
import { Session, type SessionBehaviour } from './session.ts'
import type { SessionContext } from './session-context.ts'
import { Holdings } from './store/holdings.ts'
import type { LoadedSession } from './store/session-repository.ts'
import { restoreServer } from './transport/restore-server.ts'
import { sendToClient } from './transport/send.ts'

/**
 * By which fraction of `idleTimeoutMs` a record outlives it. The record's expiry is extended at most once per such
 * period instead of with every request.
 */
export const TTL_SLACK: number = 1 / 16

/** Milliseconds between checks for requests that are still in flight. */
const DRAIN_POLL_MS = 20

/** How many sessions are closed or extended at the same time. */
const BATCH_SIZE = 100

/** The sessions that this node holds. */
export class LocalSessions {
  readonly #node: () => SessionContext
  /** In the order of use: the least recently used session comes first. */
  readonly #sessions = new Map<string, Session>()
  readonly #holdings = new Holdings<Session>()
  readonly #opening = new Map<string, Promise<Session>>()
  readonly #behaviour: SessionBehaviour = {
    onBusMessage: onBusMessage,
    onServerMessage: sendToClient,
    restoreServer,
    drop: (session, failure) => this.drop(session, failure),
  }
  #timer: ReturnType<typeof setInterval> | undefined
  #closed = false

  constructor(node: () => SessionContext) {
    this.#node = node
  }

  /** The number of sessions, including those that are being opened. */
  get size(): number {
    return this.#sessions.size + this.#opening.size
  }

  [Symbol.iterator](): MapIterator<Session> {
    return this.#sessions.values()
  }

  /**
   * Makes room for one more session. Of the holders with an idle session, the one with the most sessions loses its
   * least recently used idle session.
   *
   * @param holder - The holder of the new session.
   * @throws Refusal `sessions-busy` (503) if only holders with fewer sessions than `holder` have an idle one.
   */
  makeRoom(holder: string): void {
    if (this.#closed) throw handlerClosed()
    const { settings, repository, handlerContext } = this.#node()
    if (this.size < settings.maxSessions) return
    const idle = this.#findEvictable(holder)
    if (!idle) throw sessionsBusy()
    // A record in a shared store stays: the session is restored from it when it is used again.
    if (repository.isLocal) repository.remove(idle.loaded).catch(handlerContext.report)
    void this.drop(idle, sessionEnded())
  }

  /** Opens the session of a record and counts one more active request. The caller decrements `activeRequests`. */
  async enter(loaded: LoadedSession, holder: string): Promise<Session> {
    for (;;) {
      const session = await this.open(loaded, holder)
      // The session may have been dropped to make room for another one in the meantime.
      if (session.isEnded) continue
      session.activeRequests += 1
      return session
    }
  }

  /**
   * Opens the session of a record on this node, or returns it if it is open.
   *
   * @param holder - The caller whose share of `maxSessions` a newly opened session takes.
   */
  async open(loaded: LoadedSession, holder: string): Promise<Session> {
    const known = this.#sessions.get(loaded.key)
    if (known && !known.isEnded) return this.#use(known)
    const opening = this.#opening.get(loaded.key) ?? this.#open(loaded, holder)
    this.#opening.set(loaded.key, opening)
    try {
      return await opening
    } finally {
      this.#opening.delete(loaded.key)
    }
  }

  /** Closes a session on this node and removes it from the list. The record stays. */
  async drop(session: Session, failure: Refusal): Promise<void> {
    if (this.#sessions.get(session.key) === session) this.#sessions.delete(session.key)
    this.#holdings.delete(session)
    if (this.#sessions.size === 0) this.#stop()
    await session.close(failure).catch(this.#node().handlerContext.report)
  }

  /** Extends the expiry of a session's record if a sixteenth of `idleTimeoutMs` has passed since the last time. */
  async touch(session: Session): Promise<void> {
    const { settings, repository } = this.#node()
    // `performance.now()` is monotonic. `Date.now()` may be set back, and the record would expire in use.
    const now = performance.now()
    if (now - session.touchedAt < settings.idleTimeoutMs * TTL_SLACK) return
    session.touchedAt = now
    if (!(await wrapStoreErrors(repository.touch(session.loaded)))) await this.drop(session, sessionEnded())
  }

  /** Ends the GET streams, and resolves once every call has been answered or `signal` is aborted. */
  async drain(signal: AbortSignal): Promise<void> {
    for (const session of this) session.streams.getStream?.end()
    while (!signal.aborted && [...this].some((session) => session.isAnswering)) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS))
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    await runInBatches([...this.#sessions.values()], (session) => this.drop(session, handlerClosed()))
    this.#stop()
  }

  async #open(loaded: LoadedSession, holder: string): Promise<Session> {
    this.makeRoom(holder)
    const node = this.#node()
    const session = new Session(node, loaded, holder, this.#behaviour)
    await session.open()
    if (this.#closed) {
      await session.close(handlerClosed())
      throw handlerClosed()
    }
    // Another node may have ended the session while it was being opened here.
    session.checkOpen()
    node.changeFeed.open()
    this.#start()
    return this.#use(session)
  }

  #use(session: Session): Session {
    session.use()
    this.#sessions.delete(session.key)
    this.#sessions.set(session.key, session)
    this.#holdings.use(session.holder, session)
    return session
  }

  #findEvictable(comer: string): Session | undefined {
    const own = this.#holdings.getWeight(comer)
    for (const [session, weight] of this.#holdings.fromLargest(comer)) {
      if (weight < own) return undefined
      if (!session.isBusy) return session
    }
    return undefined
  }

  #start(): void {
    if (this.#timer !== undefined) return
    const { settings, handlerContext } = this.#node()
    this.#timer = setInterval(() => this.#check().catch(handlerContext.report), settings.checkIntervalMs)
    // On Node a timer keeps the process alive. An idle session must not.
    ;(this.#timer as { unref?(): void }).unref?.()
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async #check(): Promise<void> {
    const { settings, handlerContext } = this.#node()
    await runInBatches([...this.#sessions.values()], async (session) => {
      if (session.isBusy) {
        session.use()
        await this.touch(session).catch(handlerContext.report)
      } else if (session.idleMs >= settings.idleTimeoutMs) await this.drop(session, sessionEnded())
    })
  }
}

async function runInBatches(
  sessions: readonly Session[],
  work: (session: Session) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < sessions.length; start += BATCH_SIZE) {
    await Promise.all(sessions.slice(start, start + BATCH_SIZE).map(work))
  }
}
