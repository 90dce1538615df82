import { InMemoryServerEventBus, type ServerEventBus } from '@portico-mcp/core'
import { reporter } from '@portico-mcp/core/internal'
import type { JsonValue } from '../store/session-store.ts'

/** What nodes tell each other; JSON, so that a message is a copy everywhere. */
export type BusMessage = { [key: string]: JsonValue }

/**
 * Carries messages between the nodes that serve the same sessions. It names its methods apart from those of
 * `ServerEventBus`, so that one object, over one connection, can be both.
 *
 * A channel is a session's own: letters, digits, `-`, `_`, `.`, `~` and `%`, at most 1000 characters. Messages of
 * one sender on one channel arrive in order, at most once; where nobody listens, they are gone. The sender's
 * own listeners hear them too. Who listens must trust who sends: only nodes of one service share a bus.
 *
 * `sessionBusContract` of `@portico-mcp/sessions/contract` tests an implementation.
 */
export interface SessionBus {
  /** Sends a message to every listener of a channel; rejects where it could not be handed over. */
  send(channel: string, message: BusMessage): Promise<void>
  /**
   * Listens to a channel, and resolves once every message that is sent from now on is heard. An
   * implementation that loses its connection gets it back, and the channel with it, by itself.
   *
   * @returns Stops listening; may be called again. Rejects where the bus cannot be reached.
   */
  listen(channel: string, listener: (message: BusMessage) => void): Promise<() => void>
}

/** A {@link SessionBus} and a `ServerEventBus` within one process. */
export class InMemorySessionBus extends InMemoryServerEventBus implements SessionBus, ServerEventBus {
  readonly #channels = new Map<string, Set<(message: BusMessage) => void>>()
  readonly #reportFailure: (error: unknown) => void

  /** @param onerror - Called with what a listener throws; the other listeners still hear the message. */
  constructor(onerror?: (error: Error) => void) {
    super(onerror)
    this.#reportFailure = reporter(onerror)
  }

  async send(channel: string, message: BusMessage): Promise<void> {
    const text = JSON.stringify(message)
    // heard later, as it would be over a network
    await undefined
    for (const listener of this.#channels.get(channel) ?? []) {
      try {
        listener(JSON.parse(text))
      } catch (error) {
        this.#reportFailure(error)
      }
    }
  }

  async listen(channel: string, listener: (message: BusMessage) => void): Promise<() => void> {
    const listeners = this.#channels.get(channel) ?? new Set()
    const own = (message: BusMessage): void => listener(message)
    this.#channels.set(channel, listeners.add(own))
    return () => {
      listeners.delete(own)
      if (listeners.size === 0 && this.#channels.get(channel) === listeners) this.#channels.delete(channel)
    }
  }

  /** How many channels are listened to. */
  get channelCount(): number {
    return this.#channels.size
  }
}
