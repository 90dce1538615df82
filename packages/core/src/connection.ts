import type { JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import type { Exchange } from './exchange.ts'
import type { McpServerLike } from './options.ts'
import type { Refusal } from './refusal.ts'
import type { ServerExtra } from './turn.ts'

/** How a connection gets its exchange, and what is done when it is over without one. */
export interface ConnectionParts {
  server: McpServerLike
  extra: ServerExtra
  open(): Exchange
  release(failure?: Refusal): void
}

/** A fresh server, and the exchange with it, which is opened when it is needed. */
export class Connection {
  readonly server: McpServerLike
  /** What handlers are told about the HTTP request. */
  readonly extra: ServerExtra
  /** Called when the exchange is opened. */
  onopen: (() => void) | undefined = undefined
  readonly #parts: ConnectionParts
  #exchange: Exchange | undefined
  #expected: JSONRPCRequest | undefined
  #isOver = false

  constructor(parts: ConnectionParts) {
    this.server = parts.server
    this.extra = parts.extra
    this.#parts = parts
  }

  get exchange(): Exchange {
    return this.#exchange ?? this.#open()
  }

  get isOpen(): boolean {
    return this.#exchange !== undefined
  }

  /** Whether it was ended. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Takes on a request. */
  expect(request: JSONRPCRequest): void {
    if (this.#exchange) this.#exchange.expect(request)
    else this.#expected = request
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
    if (this.#expected) exchange.expect(this.#expected)
    this.onopen?.()
    return exchange
  }
}
