import { InMemoryServerEventBus, type ServerEventBus } from '@portico-mcp/core'
import { reporter } from '@portico-mcp/core/internal'
import type { JsonValue } from '../store/session-store.ts'

/** A message between nodes. It is JSON, and every listener gets its own copy. */
export type BusMessage = { [key: string]: JsonValue }

/**
 * Carries messages between the nodes that serve the same sessions. Its method names differ from those of
 * `ServerEventBus`, so that one object with one connection can implement both.
 *
 * Each session has one channel, whose name has letters, digits, `-`, `_`, `.`, `~` and `%`, at most 1000 characters.
 * Messages of one sender on one channel arrive in order and at most once, also at the sender's own listeners. Without a
 * listener, they are dropped. Listeners trust senders, so only nodes of one service may share a bus.
 *
 * To test an implementation, run `sessionBusContract` of `@portico-mcp/sessions/contract`.
 */
export interface SessionBus {
  /** Sends a message to every listener of a channel. Rejects if the bus cannot be reached. */
  send(channel: string, message: BusMessage): Promise<void>
  /**
   * Listens to a channel. Resolves once every message that is sent from then on is received. An implementation that
   * loses its connection reconnects and restores the subscription. Rejects if the bus cannot be reached.
   *
   * @returns A function that stops listening. It may be called more than once.
   */
  listen(channel: string, listener: (message: BusMessage) => void): Promise<() => void>
}

/** A {@link SessionBus} and a `ServerEventBus` within one process. */
export class InMemorySessionBus extends InMemoryServerEventBus implements SessionBus, ServerEventBus {
  readonly #channels = new Map<string, Set<(message: BusMessage) => void>>()
  readonly #reportFailure: (error: unknown) => void

  /** @param onerror - Called with errors thrown by a listener. The other listeners still get the message. */
  constructor(onerror?: (error: Error) => void) {
    super(onerror)
    this.#reportFailure = reporter(onerror)
  }

  async send(channel: string, message: BusMessage): Promise<void> {
    const text = JSON.stringify(message)
    // Messages are delivered asynchronously, as over a network.
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

  /** The number of channels with a listener. */
  get channelCount(): number {
    return this.#channels.size
  }
}
