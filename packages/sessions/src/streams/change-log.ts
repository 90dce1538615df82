import type { JSONRPCMessage, JSONRPCNotification } from '@modelcontextprotocol/sdk/types.js'
import type { ServerEvent } from '@portico-mcp/core'
import { eventOf, notificationOf } from '@portico-mcp/core/internal'
import { type EventStore, MARK } from './event-store.ts'
import { replayAfter } from './replay.ts'

const LOG = 'changes/all'

/** Milliseconds after which a node reads the log without being told to, and marks its end where it is quiet. */
const LOOK_MS = 15_000
const MARK_MS = 60_000

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
  #place: string | undefined
  #placedAt = 0
  #readAt = Number.NEGATIVE_INFINITY
  #followed = false
  #reading: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

  constructor(store: EventStore, listener: ChangeListener) {
    this.#store = store
    this.#listener = listener
  }

  /** What this node has read up to; `''` where it has read nothing yet. */
  get place(): string {
    return this.#place ?? ''
  }

  /** Whether anybody here follows the log. */
  get followed(): boolean {
    return this.#followed
  }

  /** Adds a change, and resolves with its place. */
  add(event: ServerEvent): Promise<string> {
    return this.#store.storeEvent(LOG, toMessage(event))
  }

  /** Reads everything that is in the log by now. */
  look(): Promise<void> {
    this.#followed = true
    // one that has not begun yet reads for whoever comes meanwhile
    this.#next ??= this.#reading.then(() => {
      this.#next = undefined
      const read = this.#read()
      this.#reading = read.catch(() => {})
      return read
    })
    return this.#next
  }

  /** Looks, should a bus have lost a word, and sees to it that the place is kept for as long as any. */
  async renew(): Promise<void> {
    if (performance.now() - this.#readAt < LOOK_MS) return
    await this.look()
    if (performance.now() - this.#placedAt < MARK_MS) return
    await this.#store.storeEvent(LOG, MARK)
    await this.look()
  }

  /** What followed a place; undefined where that place is gone. */
  async after(place: string): Promise<ServerEvent[] | undefined> {
    const events = await replayAfter(this.#store, LOG, place)
    return events?.flatMap(([id, message]) => toEvent(id, message) ?? [])
  }

  async #read(): Promise<void> {
    const events = this.#place === undefined ? undefined : await replayAfter(this.#store, LOG, this.#place)
    this.#readAt = performance.now()
    if (events) {
      for (const [id, message] of events) {
        this.#moveTo(id)
        const event = toEvent(id, message)
        if (event) this.#listener.onevent(event)
      }
      return
    }
    const begun = this.#place !== undefined
    this.#moveTo(await this.#store.storeEvent(LOG, MARK))
    if (begun) this.#listener.ongap()
  }

  #moveTo(place: string): void {
    this.#place = place
    this.#placedAt = performance.now()
  }
}

const toMessage = (event: ServerEvent): JSONRPCMessage =>
  ({ ...notificationOf(event), originSessionId: event.originSessionId }) as JSONRPCMessage

function toEvent(id: string, message: JSONRPCMessage): ServerEvent | undefined {
  const { originSessionId, ...notification } = message as JSONRPCNotification & { originSessionId?: string }
  const event = 'method' in notification ? eventOf(notification) : undefined
  return event && { ...event, id, ...(originSessionId !== undefined && { originSessionId }) }
}
