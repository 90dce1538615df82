import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'
import { Refusal } from '@portico-mcp/core'
import { type EventStream, errorMessage, openEventStream } from '@portico-mcp/core/internal'
import { reached } from '../refusals.ts'
import type { Session } from '../session.ts'
import type { SessionContext } from '../session-context.ts'
import { takesPriming } from '../store/session-state.ts'
import { type Cursor, isLast, requestOf, toCallEventId, toEventId } from './event-id.ts'
import { type EventStore, isEnd } from './event-store.ts'
import { replayAfter, type StoredEvent } from './replay.ts'
import type { StreamReader } from './session-streams.ts'
import { WakeableSleep } from './wakeable-sleep.ts'

/** Milliseconds between questions whether a call still runs, and how many may stay unanswered. */
const PROBE_MS = 2000
const MAX_SILENCE = 3

const FORGOTTEN = 'The events of the call are no longer kept'
const LOST = 'The call was lost with the process that ran it: send it again'

/** The stream of a call that a client has lost, read again from the store, whichever node runs the call. */
export class ResumedStream implements StreamReader {
  readonly stream: string
  readonly #node: SessionContext
  readonly #session: Session
  readonly #store: EventStore
  readonly #events: EventStream
  readonly #nap = new WakeableSleep()
  #event: string
  #open = true
  #silence = 0

  constructor(node: SessionContext, session: Session, store: EventStore, { stream, event }: Cursor) {
    this.stream = stream
    this.#node = node
    this.#session = session
    this.#store = store
    this.#event = event
    this.#events = openEventStream(node.keepAlive, () => this.#leave())
  }

  /** Goes on where the client lost the stream, in place of any other reader; 204 if only its end is missing. */
  async open(): Promise<Response> {
    const missed = await reached(this.#replay())
    this.#session.checkOpen()
    if (!this.#open) return this.#events.response
    if (missed && hasOnlyEnd(missed)) {
      this.end()
      return stayAway()
    }
    this.#session.streams.takeOver(this.stream)
    this.#session.streams.readers.add(this)
    this.#events.comment()
    if (missed) {
      this.#prime()
      // the client comes back with what it has
      this.#follow().catch((error) => {
        if (this.#open) this.#node.host.report(error)
        this.end()
      })
    } else this.#fail(FORGOTTEN)
    return this.#events.response
  }

  wake(): void {
    this.#nap.wake()
  }

  alive(): void {
    this.#silence = 0
  }

  end(): void {
    this.#events.end()
    this.#leave()
  }

  #leave(): void {
    this.#open = false
    this.#session.streams.readers.delete(this)
    this.#session.use()
    this.wake()
  }

  #replay(): Promise<StoredEvent[] | undefined> {
    return replayAfter(this.#store, `${this.#session.key}/${this.stream}`, this.#event)
  }

  async #follow(): Promise<void> {
    while (this.#open) {
      // looked at before the store: a call that ends in between has left its answer there
      const runs = this.#session.streams.written.has(this.stream)
      const events = await this.#replay()
      if (!events) return this.#fail(FORGOTTEN)
      for (const [eventId, message] of events) this.#write(eventId, message)
      await this.#events.drained()
      this.#silence = runs || events.length > 0 ? 0 : this.#silence + 1
      if (this.#silence > (this.#node.settings.bus ? MAX_SILENCE : 0)) return this.#fail(LOST)
      if (!runs) void this.#session.tell({ kind: 'probe', stream: this.stream })
      await this.#nap.take(PROBE_MS)
    }
  }

  // a stream that breaks again before there is news is resumed from here
  #prime(): void {
    if (!takesPriming(this.#session.state)) return
    const { retryMs } = this.#node.settings
    this.#events.prime(toEventId({ stream: this.stream, event: this.#event, change: '' }), retryMs)
  }

  #write(eventId: string, message: JSONRPCMessage): void {
    this.#event = eventId
    const place = toCallEventId(this.stream, eventId, message)
    if ('jsonrpc' in message) this.#events.write(message, place)
    else if (takesPriming(this.#session.state)) this.#events.prime(place, this.#node.settings.retryMs)
    if (isLast(message)) this.end()
  }

  #fail(text: string): void {
    if (!this.#open) return
    const refusal = new Refusal('internal', text, { data: { reason: 'call-lost' } })
    this.#write(this.#event, errorMessage(requestOf(this.stream) as RequestId, refusal))
  }
}

/** Tells a client that reads an event stream to stop coming back (HTML, server-sent events). */
export const stayAway = (): Response => new Response(null, { status: 204 })

const hasOnlyEnd = (events: StoredEvent[]): boolean =>
  events.some(([, message]) => isEnd(message)) && events.every(([, message]) => !('jsonrpc' in message))
