import type { Refusal } from '../http/errors.ts'
import type { ServerExtra } from '../input/request-context.ts'
import type { McpServerLike } from '../options.ts'
import type { Exchange } from './exchange.ts'

/** How a connection gets its exchange, and what is done when it is over without one. */
export interface ConnectionParts {
  server: McpServerLike
  extra: ServerExtra
  open(): Exchange
  release(failure?: Refusal): void
  /** The `connect()` of the server, which may wait for its client. */
  connected?: Promise<void>
}

/** A fresh server, and the exchange with it, which is opened when it is needed. */
export class Connection {
  readonly server: McpServerLike
  /** What handlers are told about the HTTP request. */
  readonly extra: ServerExtra
  readonly #parts: ConnectionParts
  #exchange: Exchange | undefined
  #onopen: (() => void) | undefined
  /** Whether its server was told that its client is initialized. */
  isComplete = false
  /** Whether its server speaks 2026-07-28 itself. */
  isModern = false
  #isOver = false

  /** @param exchange - One that is open already. */
  constructor(parts: ConnectionParts, exchange?: Exchange) {
    this.server = parts.server
    this.extra = parts.extra
    this.#parts = parts
    this.#exchange = exchange
  }

  get exchange(): Exchange {
    return this.#exchange ?? this.#open()
  }

  get isOpen(): boolean {
    return this.#exchange !== undefined
  }

  /** Resolves once the server's `connect()` does; undefined for one that is connected. */
  get connected(): Promise<void> | undefined {
    return this.#parts.connected
  }

  /** Whether it was ended. */
  get isOver(): boolean {
    return this.#isOver
  }

  // not a field to be set: a function in one from outside keeps what it knows until a major collection
  /** Calls back when the exchange is opened. */
  whenOpen(callback: () => void): void {
    this.#onopen = callback
  }

  /** Ends the exchange; one that is opened later is over. */
  end(failure?: Refusal): void {
    if (this.#exchange) this.#exchange.end(failure)
    else if (!this.#isOver) this.#parts.release(failure)
    this.#isOver = true
  }

  #open(): Exchange {
    const exchange = this.#parts.open()
    this.#exchange = exchange
    if (this.#isOver) exchange.end()
    this.#onopen?.()
    return exchange
  }
}
