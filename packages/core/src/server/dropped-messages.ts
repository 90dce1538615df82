import { Refusal } from '../http/errors.ts'
import { type ServerEvent, toServerEvent } from '../protocol/events.ts'
import type { HandlerContext } from './handler-context.ts'

/** The part of a server's message that is read. */
export interface Outgoing {
  method: string
  params?: Record<string, unknown> | undefined
}

/**
 * Takes the messages that a server sends when its client cannot be reached any more. Changes are published to the
 * clients that listen; other messages are dropped, and the first one is reported.
 */
export class DroppedMessages {
  readonly #handler: Pick<HandlerContext, 'settings' | 'report'>
  #isAnswered = false
  #isReported = false

  constructor(handler: Pick<HandlerContext, 'settings' | 'report'>) {
    this.#handler = handler
  }

  /** Notes that the client got its answer: a server that still sends has a timer or a job that it does not end. */
  answered(): void {
    this.#isAnswered = true
  }

  /** @param unreachable - After what it was sent, where that is neither the answer nor the end of a session. */
  take({ method, params }: Outgoing, unreachable = 'the client left or its session ended'): void {
    const event = toServerEvent({ method, params } as never)
    if (event) publish(this.#handler, event)
    // A server that gives up a request sends a cancellation, which does not have to reach the client.
    if (event || this.#isReported || method === 'notifications/cancelled') return
    this.#isReported = true
    const message = `${method} was dropped: it was sent after`
    this.#handler.report(
      this.#isAnswered
        ? new Error(`${message} the answer. Await what a handler sends, and end its timers before it returns`)
        : new Refusal('message-dropped', `${message} ${unreachable}`),
    )
  }
}

/** Publishes a change; a bus that fails is reported, since servers announce changes without waiting. */
export function publish(
  { settings, report }: Pick<HandlerContext, 'settings' | 'report'>,
  event: ServerEvent,
): void {
  try {
    settings.bus.publish(event)
  } catch (error) {
    report(error)
  }
}
