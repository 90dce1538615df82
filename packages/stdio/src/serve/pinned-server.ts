import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { McpServerFactory, McpServerLike } from '@portico-mcp/core'
import { cleanUp, errorMessage, isRequest, toRefusal, unwrapServer } from '@portico-mcp/core/internal'

/** Listens to a {@link PinnedServer}. */
export interface PinnedServerListener {
  /** A message of the server for its client. */
  onmessage(message: JSONRPCMessage): void
  onerror(error: unknown): void
}

/** The one server of a 2025-era client, which is built for its first message. */
export class PinnedServer implements Transport {
  onmessage?: Transport['onmessage']
  onclose?: Transport['onclose']
  onerror?: Transport['onerror']

  readonly #factory: McpServerFactory
  readonly #authInfo: AuthInfo | undefined
  readonly #listener: PinnedServerListener
  #opening: Promise<McpServerLike> | undefined
  #isOpen = false
  #isClosed = false
  #waiting: JSONRPCMessage[] = []

  constructor(factory: McpServerFactory, authInfo: AuthInfo | undefined, listener: PinnedServerListener) {
    this.#factory = factory
    this.#authInfo = authInfo
    this.#listener = listener
  }

  /** Hands the server a message of its client. */
  receive(message: JSONRPCMessage): void {
    if (this.#isOpen) this.#deliver(message)
    else {
      this.#waiting.push(message)
      this.#opening ??= this.#open()
      this.#opening.catch((error) => this.#refuseWaiting(error))
    }
  }

  async start(): Promise<void> {
    this.#isOpen = true
    // A server may wait in `connect()` for its client.
    queueMicrotask(() => {
      for (const message of this.#waiting.splice(0)) this.#deliver(message)
    })
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.#listener.onmessage(message)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.onclose?.()
    const server = await this.#opening?.catch(() => undefined)
    if (!server) return
    await server.close()
    await cleanUp(server)
  }

  async #open(): Promise<McpServerLike> {
    const server = unwrapServer(await this.#factory({ era: 'legacy', authInfo: this.#authInfo }))
    await server.connect(this)
    return server
  }

  #deliver(message: JSONRPCMessage): void {
    try {
      this.onmessage?.(message, { authInfo: this.#authInfo })
    } catch (error) {
      this.#listener.onerror(error)
    }
  }

  #refuseWaiting(error: unknown): void {
    this.#opening = undefined
    const waiting = this.#waiting.splice(0)
    if (waiting.length > 0) this.#listener.onerror(error)
    for (const message of waiting) {
      if (isRequest(message)) this.#listener.onmessage(errorMessage(message.id, toRefusal(error)))
    }
  }
}
