import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'
import { Refusal } from '@portico-mcp/core'
import { type EventStream, errorMessage, openEventStream } from '@portico-mcp/core/internal'
import { wrapStoreErrors } from '../refusals.ts'
import type { Session } from '../session.ts'
import type { SessionContext } from '../session-context.ts'
import { supportsPriming } from '../store/session-state.ts'
import { type Cursor, isFinal, parseRequestId, toCallEventId, toEventId } from './event-id.ts'
import { type EventStore, isEnd } from './event-store.ts'
import { replayAfter, type StoredEvent } from './replay.ts'
import type { StreamReader } from './session-streams.ts'
import { WakeableSleep } from './wakeable-sleep.ts'

/** Milliseconds between probes that ask the other nodes whether one of them runs the call. */
const PROBE_MS = 2000
/** How many probes may stay unanswered until the call counts as lost. */
const MAX_UNANSWERED_PROBES = 3

const EVENTS_EXPIRED = 'The events of the call are no longer kept'
const CALL_LOST = 'The call was lost with the process that ran it: send it again'

/** A broken stream of a call that the client resumes. It is read from the event store, whichever node runs the call. */
export class ResumedStream implements StreamReader {
  readonly stream: string
  readonly #node: SessionContext
  readonly #session: Session
  readonly #store: EventStore
  readonly #events: EventStream
  readonly #pollDelay = new WakeableSleep()
  #event: string
  #isOpen = true
  #unansweredProbes = 0

  constructor(node: SessionContext, session: Session, store: EventStore, { stream, event }: Cursor) {
    this.stream = stream
    this.#node = node
    this.#session = session
    this.#store = store
    this.#event = event
    this.#events = openEventStream(node.keepAlive, () => this.#leave())
  }

  /**
   * Opens the stream at the client's position and replaces any other reader. Answers 204 if only the end is missing.
   */
  async open(): Promise<Response> {
    const missed = await wrapStoreErrors(this.#replay())
    this.#session.checkOpen()
    if (!this.#isOpen) return this.#events.response
    if (missed && hasOnlyEnd(missed)) {
      this.end()
      return stopReconnecting()
    }
    this.#session.streams.takeOver(this.stream)
    this.#session.streams.readers.add(this)
    this.#events.comment()
    if (missed) {
      this.#prime()
      // The client reconnects with its last event id.
      this.#follow().catch((error) => {
        if (this.#isOpen) this.#node.handlerContext.report(error)
        this.end()
      })
    } else this.#fail(EVENTS_EXPIRED)
    return this.#events.response
  }

  wake(): void {
    this.#pollDelay.wake()
  }

  alive(): void {
    this.#unansweredProbes = 0
  }

  end(): void {
    this.#events.end()
    this.#leave()
  }

  #leave(): void {
    this.#isOpen = false
    this.#session.streams.readers.delete(this)
    this.#session.use()
    this.wake()
  }

  #replay(): Promise<StoredEvent[] | undefined> {
    return replayAfter(this.#store, `${this.#session.key}/${this.stream}`, this.#event)
  }

  async #follow(): Promise<void> {
    while (this.#isOpen) {
      // This is read before the store: if the call ends in between, its answer is in the store.
      const runs = this.#session.streams.writing.has(this.stream)
      const events = await this.#replay()
      if (!events) return this.#fail(EVENTS_EXPIRED)
      for (const [eventId, message] of events) this.#write(eventId, message)
      await this.#events.drained()
      this.#unansweredProbes = runs || events.length > 0 ? 0 : this.#unansweredProbes + 1
      if (this.#unansweredProbes > (this.#node.settings.bus ? MAX_UNANSWERED_PROBES : 0))
        return this.#fail(CALL_LOST)
      if (!runs) void this.#session.broadcast({ kind: 'callProbed', stream: this.stream })
      await this.#pollDelay.wait(PROBE_MS)
    }
  }

  // If the stream breaks again before the next event, the client resumes it from this position.
  #prime(): void {
    if (!supportsPriming(this.#session.state)) return
    const { retryMs } = this.#node.settings
    this.#events.prime(toEventId({ stream: this.stream, event: this.#event, change: '' }), retryMs)
  }

  #write(eventId: string, message: JSONRPCMessage): void {
    this.#event = eventId
    const place = toCallEventId(this.stream, eventId, message)
    if ('jsonrpc' in message) this.#events.write(message, place)
    else if (supportsPriming(this.#session.state)) this.#events.prime(place, this.#node.settings.retryMs)
    if (isFinal(message)) this.end()
  }

  #fail(text: string): void {
    if (!this.#isOpen) return
    const refusal = new Refusal('internal', text, { data: { reason: 'call-lost' } })
    this.#write(this.#event, errorMessage(parseRequestId(this.stream) as RequestId, refusal))
  }
}

/** Creates a 204 response, after which a client of server-sent events stops reconnecting (HTML section 9.2). */
export const stopReconnecting = (): Response => new Response(null, { status: 204 })

const hasOnlyEnd = (events: StoredEvent[]): boolean =>
  events.some(([, message]) => isEnd(message)) && events.every(([, message]) => !('jsonrpc' in message))
