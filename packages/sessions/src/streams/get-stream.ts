import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { ServerEvent } from '@portico-mcp/core'
import { type EventStream, openEventStream, toNotification } from '@portico-mcp/core/internal'
import { wrapStoreErrors } from '../refusals.ts'
import type { Session } from '../session.ts'
import type { SessionContext } from '../session-context.ts'
import { supportsPriming } from '../store/session-state.ts'
import { isRelevant, listAllChanges } from './change-feed.ts'
import { type Cursor, GET_STREAM, toEventId } from './event-id.ts'
import { type EventStore, MARK, RENEW_MS } from './event-store.ts'
import { replayAfter } from './replay.ts'
import type { ServerStream } from './session-streams.ts'
import { WakeableSleep } from './wakeable-sleep.ts'

/** How many frames a client may leave unread before its stream is ended. */
const MAX_BACKLOG = 1024

/** Milliseconds between reads of the store, in case the bus lost a message. */
const POLL_MS = 15_000

/** The GET stream: messages of the server that belong to no request, and changes (2025-11-25 transports). */
export class GetStream implements ServerStream {
  readonly #node: SessionContext
  readonly #session: Session
  readonly #events: EventStream
  readonly #resumeFrom: Cursor | undefined
  readonly #cursor: Cursor = { stream: GET_STREAM, event: '', change: '' }
  /** Changes that arrive while missed ones are still being read. Undefined once the stream is ready. */
  #queuedEvents: ServerEvent[] | undefined = []
  /** Ids of missed changes that were written already. They are skipped when the change feed delivers them. */
  #replayedIds = new Set<string | undefined>()
  #primedAt = performance.now()
  #isOpen = true
  readonly #pollDelay = new WakeableSleep()

  /** @param lost - The position at which the client resumes the stream. Undefined for a new stream. */
  constructor(node: SessionContext, session: Session, lost: Cursor | undefined) {
    this.#node = node
    this.#session = session
    this.#resumeFrom = lost
    this.#cursor.change = node.changeFeed.log?.position ?? ''
    this.#events = openEventStream(node.keepAlive, () => this.#leave())
  }

  /** Opens the stream, and first writes what the client has missed. */
  async open(): Promise<Response> {
    const lost = this.#resumeFrom
    const { eventStore } = this.#node.settings
    const { key, state } = this.#session
    this.#events.comment()
    if (!eventStore) {
      this.#flushQueue()
      return this.#events.response
    }
    const missed = lost && (await wrapStoreErrors(this.#node.changeFeed.log?.after(lost.change)))
    const known = lost && (await wrapStoreErrors(replayAfter(eventStore, this.#streamId, lost.event)))
    if (missed) this.#cursor.change = lost.change
    this.#cursor.event = known
      ? lost.event
      : await wrapStoreErrors(eventStore.storeEvent(this.#streamId, MARK))
    this.#prime()
    // The position that the client resumed from may expire soon, so it is renewed at the first poll.
    if (lost) this.#primedAt = Number.NEGATIVE_INFINITY
    if (lost && !missed) for (const event of listAllChanges(state)) this.#writeEvent(event)
    for (const event of missed ?? []) if (isRelevant(event, key, state)) this.#writeEvent(event)
    this.#replayedIds = new Set(missed?.map(({ id }) => id))
    this.#flushQueue()
    void this.#follow(eventStore)
    return this.#events.response
  }

  /** Whether the stream has a position, so that everything sent from now on reaches the client. */
  get isReady(): boolean {
    return this.#queuedEvents === undefined
  }

  /** Writes a message that is not stored. */
  write(message: JSONRPCMessage): void {
    this.#events.write(message)
    this.#enforceBacklog()
  }

  /** Notifies the client of a change. */
  announce(event: ServerEvent): void {
    if (this.#queuedEvents) this.#queuedEvents.push(event)
    else if (event.id === undefined || !this.#replayedIds.delete(event.id)) {
      this.#writeEvent(event)
      this.#enforceBacklog()
    }
  }

  /** Reads the store for new messages. */
  wake(): void {
    this.#pollDelay.wake()
  }

  end(): void {
    this.#events.end()
    this.#leave()
  }

  get #streamId(): string {
    return `${this.#session.key}/${GET_STREAM}`
  }

  #leave(): void {
    this.#isOpen = false
    const { streams } = this.#session
    if (streams.getStream === this) streams.getStream = undefined
    this.#session.use()
    this.wake()
  }

  #writeEvent(event: ServerEvent): void {
    if (event.id !== undefined) this.#cursor.change = event.id
    // An event without an id is not in the log, so the stream cannot be resumed from it.
    this.#events.write(toNotification(event), event.id === undefined ? undefined : this.#eventId())
  }

  #flushQueue(): void {
    const held = this.#queuedEvents ?? []
    this.#queuedEvents = undefined
    for (const event of held) this.announce(event)
  }

  #prime(): void {
    this.#primedAt = performance.now()
    if (!supportsPriming(this.#session.state)) return
    this.#events.prime(toEventId(this.#cursor), this.#node.settings.retryMs)
  }

  #eventId(): string | undefined {
    return this.#cursor.event === '' ? undefined : toEventId(this.#cursor)
  }

  // The store has the messages in order. The bus only signals that there are new ones.
  async #follow(store: EventStore): Promise<void> {
    while (this.#isOpen) {
      try {
        const due = performance.now() - this.#primedAt >= RENEW_MS
        await this.#node.changeFeed.log?.poll()
        if (due) await this.#mark(store)
        const events = await replayAfter(store, this.#streamId, this.#cursor.event)
        if (!events) return this.end()
        for (const [eventId, message] of events) {
          this.#cursor.event = eventId
          if ('method' in message) this.#events.write(message, this.#eventId())
        }
        if (due) this.#advanceCursor()
        await this.#events.drained()
      } catch (error) {
        // An error after the stream has ended concerns no client.
        if (this.#isOpen) this.#node.handlerContext.report(error)
        // The client reconnects with its last event id.
        this.end()
      }
      await this.#pollDelay.wait(POLL_MS)
    }
  }

  async #mark(store: EventStore): Promise<void> {
    // The log is read first, so that the mark comes after all changes that this stream has seen.
    await this.#node.changeFeed.log?.readNew()
    await store.storeEvent(this.#streamId, MARK)
  }

  // Called once everything before the log's position has been written.
  #advanceCursor(): void {
    this.#replayedIds.clear()
    this.#cursor.change = this.#node.changeFeed.log?.position ?? ''
    this.#prime()
  }

  #enforceBacklog(): void {
    if (this.#events.backlog() < MAX_BACKLOG) return
    this.#node.handlerContext.report(
      new Error(`A client reads its GET stream too slowly: ${MAX_BACKLOG} events are waiting`),
    )
    this.end()
  }
}
