import type { JSONRPCMessage, JSONRPCNotification } from '@modelcontextprotocol/sdk/types.js'
import type { ServerEvent } from '@portico-mcp/core'
import { eventOf, notificationOf } from '@portico-mcp/core/internal'
import { type EventStore, MARK } from './event-store.ts'
import { replayAfter } from './replay.ts'

const LOG = 'changes/all'

/** Milliseconds after which a node reads the log without being told to, and marks its end where it is quiet. */
const POLL_MS = 15_000
const REMARK_MS = 60_000

/** What becomes of what a node reads in the log. */
export interface ChangeListener {
  /** A change, in the order of the log. */
  onevent(event: ServerEvent): void
  /** More is gone than this node has read. */
  ongap(): void
}

/** The log of changes that nodes share, as one node reads it: in one order, whatever a bus makes of it. */
export class ChangeLog {
  readonly #store: EventStore
  readonly #listener: ChangeListener
  #position: string | undefined
  #markedAt = 0
  #readAt = Number.NEGATIVE_INFINITY
  #isFollowed = false
  #currentRead: Promise<void> = Promise.resolve()
  #queuedRead: Promise<void> | undefined

  constructor(store: EventStore, listener: ChangeListener) {
    this.#store = store
    this.#listener = listener
  }

  /** What this node has read up to; `''` where it has read nothing yet. */
  get position(): string {
    return this.#position ?? ''
  }

  /** Whether anybody here follows the log. */
  get isFollowed(): boolean {
    return this.#isFollowed
  }

  /** Adds a change, and resolves with its place. */
  add(event: ServerEvent): Promise<string> {
    return this.#store.storeEvent(LOG, toMessage(event))
  }

  /** Reads everything that is in the log by now. */
  readNew(): Promise<void> {
    this.#isFollowed = true
    // one that has not begun yet reads for whoever comes meanwhile
    this.#queuedRead ??= this.#currentRead.then(() => {
      this.#queuedRead = undefined
      const read = this.#read()
      this.#currentRead = read.catch(() => {})
      return read
    })
    return this.#queuedRead
  }

  /** Looks, should a bus have lost a word, and sees to it that the place is kept for as long as any. */
  async poll(): Promise<void> {
    if (performance.now() - this.#readAt < POLL_MS) return
    await this.readNew()
    if (performance.now() - this.#markedAt < REMARK_MS) return
    await this.#store.storeEvent(LOG, MARK)
    await this.readNew()
  }

  /** What followed a place; undefined where that place is gone. */
  async after(place: string): Promise<ServerEvent[] | undefined> {
    const events = await replayAfter(this.#store, LOG, place)
    return events?.flatMap(([id, message]) => toEvent(id, message) ?? [])
  }

  async #read(): Promise<void> {
    const events =
      this.#position === undefined ? undefined : await replayAfter(this.#store, LOG, this.#position)
    this.#readAt = performance.now()
    if (events) {
      for (const [id, message] of events) {
        this.#moveTo(id)
        const event = toEvent(id, message)
        if (event) this.#listener.onevent(event)
      }
      return
    }
    const begun = this.#position !== undefined
    this.#moveTo(await this.#store.storeEvent(LOG, MARK))
    if (begun) this.#listener.ongap()
  }

  #moveTo(place: string): void {
    this.#position = place
    this.#markedAt = performance.now()
  }
}

const toMessage = (event: ServerEvent): JSONRPCMessage =>
  ({ ...notificationOf(event), originSessionId: event.originSessionId }) as JSONRPCMessage

function toEvent(id: string, message: JSONRPCMessage): ServerEvent | undefined {
  const { originSessionId, ...notification } = message as JSONRPCNotification & { originSessionId?: string }
  const event = 'method' in notification ? eventOf(notification) : undefined
  return event && { ...event, id, ...(originSessionId !== undefined && { originSessionId }) }
}
