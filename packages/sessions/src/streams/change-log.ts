import type { JSONRPCMessage, JSONRPCNotification } from '@modelcontextprotocol/sdk/types.js'
import type { ServerEvent } from '@portico-mcp/core'
import { toNotification, toServerEvent } from '@portico-mcp/core/internal'
import { type EventStore, MARK } from './event-store.ts'
import { replayAfter } from './replay.ts'

const LOG = 'changes/all'

/** Milliseconds after which a node reads the log without a message from the bus, in case one was lost. */
const POLL_MS = 15_000
/** Milliseconds without a change after which a node stores a mark, so that its position does not expire. */
const REMARK_MS = 60_000

/** Receives what a node reads from the log. */
export interface ChangeListener {
  /** Called for each change, in the order of the log. */
  onevent(event: ServerEvent): void
  /** Called if changes have expired that this node had not read. */
  ongap(): void
}

/** Reads the log of changes that the nodes share. Its order is the same on every node, unlike that of a bus. */
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

  /** The id of the last event that this node has read, or `''` if it has read none. */
  get position(): string {
    return this.#position ?? ''
  }

  /** Whether this node has started to read the log. */
  get isFollowed(): boolean {
    return this.#isFollowed
  }

  /** Adds a change. Resolves with its event id. */
  add(event: ServerEvent): Promise<string> {
    return this.#store.storeEvent(LOG, toMessage(event))
  }

  /** Reads everything that has been added to the log until now. */
  readNew(): Promise<void> {
    this.#isFollowed = true
    // A read that has not started yet also covers the callers that arrive before it starts.
    this.#queuedRead ??= this.#currentRead.then(() => {
      this.#queuedRead = undefined
      const read = this.#read()
      this.#currentRead = read.catch(() => {})
      return read
    })
    return this.#queuedRead
  }

  /** Reads the log at intervals, in case the bus lost a message, and renews this node's position before it expires. */
  async poll(): Promise<void> {
    if (performance.now() - this.#readAt < POLL_MS) return
    await this.readNew()
    if (performance.now() - this.#markedAt < REMARK_MS) return
    await this.#store.storeEvent(LOG, MARK)
    await this.readNew()
  }

  /** Reads the changes after a position. Resolves with undefined if the position has expired. */
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
  ({ ...toNotification(event), originSessionId: event.originSessionId }) as JSONRPCMessage

function toEvent(id: string, message: JSONRPCMessage): ServerEvent | undefined {
  const { originSessionId, ...notification } = message as JSONRPCNotification & { originSessionId?: string }
  const event = 'method' in notification ? toServerEvent(notification) : undefined
  return event && { ...event, id, ...(originSessionId !== undefined && { originSessionId }) }
}
