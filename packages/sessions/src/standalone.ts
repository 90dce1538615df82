import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { ServerEvent } from '@portico-mcp/core'
import { type EventStream, notificationOf, openEventStream } from '@portico-mcp/core/serving'
import { concerns } from './changes.ts'
import { type Cursor, STANDALONE, toEventId } from './event-id.ts'
import type { EventStore } from './event-store.ts'
import { Nap } from './nap.ts'
import type { Node } from './node.ts'
import { reached } from './refusals.ts'
import { replayAfter } from './replay.ts'
import type { Session } from './session.ts'
import { takesPriming } from './session-state.ts'

/** How many frames a client may leave unread before its stream is ended. */
const MAX_BACKLOG = 1024

/** Milliseconds between looks at the store, should a bus have lost a word. */
const LOOK_MS = 15_000

const MARK = {} as JSONRPCMessage

/** The stream that no request opened: what a server has to say of itself, and changes (2025-11-25 transports). */
export class Standalone {
  readonly #node: Node
  readonly #session: Session
  readonly #events: EventStream
  readonly #cursor: Cursor = { stream: STANDALONE, event: '', change: '' }
  /** Changes that were announced while earlier ones were being looked up; undefined once that is done. */
  #held: ServerEvent[] | undefined = []
  #open = true
  readonly #nap = new Nap()

  constructor(node: Node, session: Session) {
    this.#node = node
    this.#session = session
    this.#events = openEventStream(node.keepAlive, () => this.#leave())
  }

  /** Opens the stream where the client lost it, or here and now. */
  async open(lost: Cursor | undefined): Promise<Response> {
    const { eventStore, retryMs } = this.#node.settings
    this.#events.comment()
    if (!eventStore) {
      this.#release(new Set())
      return this.#events.response
    }
    const missed = lost && (await reached(this.#node.changes.after(lost.change)))
    const known = lost && (await reached(replayAfter(eventStore, this.#streamId, lost.event)))
    this.#cursor.change = missed && lost ? lost.change : await reached(this.#node.changes.latest())
    this.#cursor.event =
      known && lost ? lost.event : await reached(eventStore.storeEvent(this.#streamId, MARK))
    if (takesPriming(this.#session.state)) this.#events.prime(toEventId(this.#cursor), retryMs)
    for (const event of missed ?? []) {
      if (concerns(event, this.#session.key, this.#session.state)) this.#announce(event)
    }
    this.#release(new Set(missed?.map(({ id }) => id)))
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
    else this.#announce(event)
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
    if (this.#session.standalone === this) this.#session.standalone = undefined
    this.#session.usedAt = Date.now()
    this.wake()
  }

  #announce(event: ServerEvent): void {
    if (event.id !== undefined) this.#cursor.change = event.id
    this.#events.write(notificationOf(event), this.#eventId())
    this.#limit()
  }

  #release(seen: Set<string | undefined>): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const event of held) if (event.id === undefined || !seen.has(event.id)) this.#announce(event)
  }

  #eventId(): string | undefined {
    return this.#cursor.event === '' ? undefined : toEventId(this.#cursor)
  }

  // the store has them in order; the bus only says when to look
  async #follow(store: EventStore): Promise<void> {
    this.wake()
    while (this.#open) {
      await this.#nap.take(LOOK_MS)
      try {
        const events = await replayAfter(store, this.#streamId, this.#cursor.event)
        if (!events) return this.end()
        for (const [eventId, message] of events) {
          this.#cursor.event = eventId
          if ('method' in message) this.#events.write(message, this.#eventId())
        }
        await this.#events.drained()
      } catch (error) {
        // the client comes back with what it has
        this.#node.host.report(error)
        this.end()
      }
    }
  }

  #limit(): void {
    if (this.#events.backlog() < MAX_BACKLOG) return
    this.#node.host.report(new Error('A session reads its stream too slowly'))
    this.end()
  }
}
