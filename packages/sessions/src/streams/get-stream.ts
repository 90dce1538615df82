import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { ServerEvent } from '@portico-mcp/core'
import { type EventStream, notificationOf, openEventStream } from '@portico-mcp/core/internal'
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

/** Milliseconds between looks at the store, should a bus have lost a word. */
const POLL_MS = 15_000

/** The stream that no request opened: what a server has to say of itself, and changes (2025-11-25 transports). */
export class GetStream implements ServerStream {
  readonly #node: SessionContext
  readonly #session: Session
  readonly #events: EventStream
  readonly #resumeFrom: Cursor | undefined
  readonly #cursor: Cursor = { stream: GET_STREAM, event: '', change: '' }
  /** Changes that were announced while earlier ones were being looked up; undefined once that is done. */
  #queuedEvents: ServerEvent[] | undefined = []
  /** Changes that were looked up, and are announced to this node yet. */
  #replayedIds = new Set<string | undefined>()
  #primedAt = performance.now()
  #isOpen = true
  readonly #pollDelay = new WakeableSleep()

  /** @param lost - Where the client lost it; undefined for one that it opens here and now. */
  constructor(node: SessionContext, session: Session, lost: Cursor | undefined) {
    this.#node = node
    this.#session = session
    this.#resumeFrom = lost
    this.#cursor.change = node.changeFeed.log?.position ?? ''
    this.#events = openEventStream(node.keepAlive, () => this.#leave())
  }

  /** Opens the stream where the client lost it, or here and now. */
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
    // what was lost may be old, and is renewed as soon as it is made up for
    if (lost) this.#primedAt = Number.NEGATIVE_INFINITY
    if (lost && !missed) for (const event of listAllChanges(state)) this.#writeEvent(event)
    for (const event of missed ?? []) if (isRelevant(event, key, state)) this.#writeEvent(event)
    this.#replayedIds = new Set(missed?.map(({ id }) => id))
    this.#flushQueue()
    void this.#follow(eventStore)
    return this.#events.response
  }

  /** Whether it has its place: what is sent from now on reaches it. */
  get isReady(): boolean {
    return this.#queuedEvents === undefined
  }

  /** Writes a message that no store keeps. */
  write(message: JSONRPCMessage): void {
    this.#events.write(message)
    this.#enforceBacklog()
  }

  /** Announces a change. */
  announce(event: ServerEvent): void {
    if (this.#queuedEvents) this.#queuedEvents.push(event)
    else if (event.id === undefined || !this.#replayedIds.delete(event.id)) {
      this.#writeEvent(event)
      this.#enforceBacklog()
    }
  }

  /** There may be more to read. */
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
    // what has no place in the log has no id of its own
    this.#events.write(notificationOf(event), event.id === undefined ? undefined : this.#eventId())
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

  // the store has them in order; the bus only says when to look
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
        // of a stream that has ended meanwhile, nothing was wanted any more
        if (this.#isOpen) this.#node.handlerContext.report(error)
        // the client comes back with what it has
        this.end()
      }
      await this.#pollDelay.wait(POLL_MS)
    }
  }

  async #mark(store: EventStore): Promise<void> {
    // so that its place is behind what this stream has read by itself
    await this.#node.changeFeed.log?.readNew()
    await store.storeEvent(this.#streamId, MARK)
  }

  // everything before has been written
  #advanceCursor(): void {
    this.#replayedIds.clear()
    this.#cursor.change = this.#node.changeFeed.log?.position ?? ''
    this.#prime()
  }

  #enforceBacklog(): void {
    if (this.#events.backlog() < MAX_BACKLOG) return
    this.#node.handlerContext.report(new Error('A session reads its stream too slowly'))
    this.end()
  }
}
