import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { ServerEvent } from '@portico-mcp/core'
import { type EventStream, notificationOf, openEventStream } from '@portico-mcp/core/internal'
import { reached } from '../refusals.ts'
import type { Session } from '../session.ts'
import type { SessionContext } from '../session-context.ts'
import { takesPriming } from '../store/session-state.ts'
import { concerns, everyChange } from './changes.ts'
import { type Cursor, STANDALONE, toEventId } from './event-id.ts'
import { type EventStore, MARK, RENEW_MS } from './event-store.ts'
import { replayAfter } from './replay.ts'
import type { StandaloneStream } from './session-streams.ts'
import { WakeableSleep } from './wakeable-sleep.ts'

/** How many frames a client may leave unread before its stream is ended. */
const MAX_BACKLOG = 1024

/** Milliseconds between looks at the store, should a bus have lost a word. */
const LOOK_MS = 15_000

/** The stream that no request opened: what a server has to say of itself, and changes (2025-11-25 transports). */
export class GetStream implements StandaloneStream {
  readonly #node: SessionContext
  readonly #session: Session
  readonly #events: EventStream
  readonly #lost: Cursor | undefined
  readonly #cursor: Cursor = { stream: STANDALONE, event: '', change: '' }
  /** Changes that were announced while earlier ones were being looked up; undefined once that is done. */
  #held: ServerEvent[] | undefined = []
  /** Changes that were looked up, and are announced to this node yet. */
  #seen = new Set<string | undefined>()
  #placedAt = performance.now()
  #open = true
  readonly #nap = new WakeableSleep()

  /** @param lost - Where the client lost it; undefined for one that it opens here and now. */
  constructor(node: SessionContext, session: Session, lost: Cursor | undefined) {
    this.#node = node
    this.#session = session
    this.#lost = lost
    this.#cursor.change = node.changes.log?.place ?? ''
    this.#events = openEventStream(node.keepAlive, () => this.#leave())
  }

  /** Opens the stream where the client lost it, or here and now. */
  async open(): Promise<Response> {
    const lost = this.#lost
    const { eventStore } = this.#node.settings
    const { key, state } = this.#session
    this.#events.comment()
    if (!eventStore) {
      this.#release()
      return this.#events.response
    }
    const missed = lost && (await reached(this.#node.changes.log?.after(lost.change)))
    const known = lost && (await reached(replayAfter(eventStore, this.#streamId, lost.event)))
    if (missed) this.#cursor.change = lost.change
    this.#cursor.event = known ? lost.event : await reached(eventStore.storeEvent(this.#streamId, MARK))
    this.#prime()
    // what was lost may be old, and is renewed as soon as it is made up for
    if (lost) this.#placedAt = Number.NEGATIVE_INFINITY
    if (lost && !missed) for (const event of everyChange(state)) this.#announce(event)
    for (const event of missed ?? []) if (concerns(event, key, state)) this.#announce(event)
    this.#seen = new Set(missed?.map(({ id }) => id))
    this.#release()
    void this.#follow(eventStore)
    return this.#events.response
  }

  /** Whether it has its place: what is sent from now on reaches it. */
  get isPlaced(): boolean {
    return this.#held === undefined
  }

  /** Writes a message that no store keeps. */
  write(message: JSONRPCMessage): void {
    this.#events.write(message)
    this.#limit()
  }

  /** Announces a change. */
  change(event: ServerEvent): void {
    if (this.#held) this.#held.push(event)
    else if (event.id === undefined || !this.#seen.delete(event.id)) {
      this.#announce(event)
      this.#limit()
    }
  }

  /** There may be more to read. */
  wake(): void {
    this.#nap.wake()
  }

  end(): void {
    this.#events.end()
    this.#leave()
  }

  get #streamId(): string {
    return `${this.#session.key}/${STANDALONE}`
  }

  #leave(): void {
    this.#open = false
    const { streams } = this.#session
    if (streams.standalone === this) streams.standalone = undefined
    this.#session.use()
    this.wake()
  }

  #announce(event: ServerEvent): void {
    if (event.id !== undefined) this.#cursor.change = event.id
    // what has no place in the log has no id of its own
    this.#events.write(notificationOf(event), event.id === undefined ? undefined : this.#eventId())
  }

  #release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const event of held) this.change(event)
  }

  #prime(): void {
    this.#placedAt = performance.now()
    if (!takesPriming(this.#session.state)) return
    this.#events.prime(toEventId(this.#cursor), this.#node.settings.retryMs)
  }

  #eventId(): string | undefined {
    return this.#cursor.event === '' ? undefined : toEventId(this.#cursor)
  }

  // the store has them in order; the bus only says when to look
  async #follow(store: EventStore): Promise<void> {
    while (this.#open) {
      try {
        const due = performance.now() - this.#placedAt >= RENEW_MS
        await this.#node.changes.log?.renew()
        if (due) await this.#mark(store)
        const events = await replayAfter(store, this.#streamId, this.#cursor.event)
        if (!events) return this.end()
        for (const [eventId, message] of events) {
          this.#cursor.event = eventId
          if ('method' in message) this.#events.write(message, this.#eventId())
        }
        if (due) this.#moveOn()
        await this.#events.drained()
      } catch (error) {
        // of a stream that has ended meanwhile, nothing was wanted any more
        if (this.#open) this.#node.host.report(error)
        // the client comes back with what it has
        this.end()
      }
      await this.#nap.take(LOOK_MS)
    }
  }

  async #mark(store: EventStore): Promise<void> {
    // so that its place is behind what this stream has read by itself
    await this.#node.changes.log?.look()
    await store.storeEvent(this.#streamId, MARK)
  }

  // everything before has been written
  #moveOn(): void {
    this.#seen.clear()
    this.#cursor.change = this.#node.changes.log?.place ?? ''
    this.#prime()
  }

  #limit(): void {
    if (this.#events.backlog() < MAX_BACKLOG) return
    this.#node.host.report(new Error('A session reads its stream too slowly'))
    this.end()
  }
}
