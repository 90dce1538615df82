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

/** How much longer than `idleTimeoutMs` a record lives: its end is not put off with every request. */
export const TTL_SLACK: number = 1 / 16

/** Milliseconds between looks at what is still in flight. */
const DRAIN_POLL_MS = 20

/** How many sessions are closed, or have their end put off, at once. */
const BATCH_SIZE = 100

/** The sessions that this node holds. */
export class LocalSessions {
  readonly #node: () => SessionContext
  // in the order of use
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

  /** How many there are. */
  get size(): number {
    return this.#sessions.size + this.#opening.size
  }

  [Symbol.iterator](): MapIterator<Session> {
    return this.#sessions.values()
  }

  /**
   * Makes room for one more: of the holders that have an idle session, the one of most loses the one that was
   * used longest ago. Refused if that holder has fewer sessions than the new one's.
   */
  makeRoom(holder: string): void {
    if (this.#closed) throw handlerClosed()
    const { settings, repository, handlerContext } = this.#node()
    if (this.size < settings.maxSessions) return
    const idle = this.#findEvictable(holder)
    if (!idle) throw sessionsBusy()
    // what is kept elsewhere is found again
    if (repository.isLocal) repository.remove(idle.loaded).catch(handlerContext.report)
    void this.drop(idle, sessionEnded())
  }

  /** The session of a record, busy with one request more. */
  async enter(loaded: LoadedSession, holder: string): Promise<Session> {
    for (;;) {
      const session = await this.open(loaded, holder)
      // it may have made room for another by now
      if (session.isEnded) continue
      session.activeRequests += 1
      return session
    }
  }

  /**
   * The session of a record, as this node has it from now on.
   *
   * @param holder - Who it counts for, where this node does not have it yet.
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

  /** Ends what a session has here; the record stays. */
  async drop(session: Session, failure: Refusal): Promise<void> {
    if (this.#sessions.get(session.key) === session) this.#sessions.delete(session.key)
    this.#holdings.delete(session)
    if (this.#sessions.size === 0) this.#stop()
    await session.close(failure).catch(this.#node().handlerContext.report)
  }

  /** Puts off the end of a session's record, where that is due. */
  async touch(session: Session): Promise<void> {
    const { settings, repository } = this.#node()
    // a clock that is set back would put it off
    const now = performance.now()
    if (now - session.touchedAt < settings.idleTimeoutMs * TTL_SLACK) return
    session.touchedAt = now
    if (!(await wrapStoreErrors(repository.touch(session.loaded)))) await this.drop(session, sessionEnded())
  }

  /** Ends streams that wait for changes; resolves once every call has been answered, or it is enough. */
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
    // another node may have said so while it was being opened
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
    // where timers hold a process open, a waiting session is no reason to stay
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
