import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage, JSONRPCRequest, MessageExtraInfo } from '@modelcontextprotocol/sdk/types.js'
import type { McpServerLike } from '@portico-mcp/core'
import { Exchange, isRequest } from '@portico-mcp/core/internal'
import { OwnRelay } from './own-relay.ts'
import type { Relay } from './relay.ts'
import { SharedRelay } from './shared-relay.ts'
import type { UpstreamSource } from './upstream-source.ts'

/**
 * The server of a factory, which passes every message on to a server elsewhere. On the transport of one HTTP request it
 * shares a connection with others; on any other transport, as that of a session, it has its own.
 */
export class RelayServer implements McpServerLike {
  readonly #source: UpstreamSource
  #transport: Transport | undefined
  #relay: Relay | undefined
  #isClosed = false

  constructor(source: UpstreamSource) {
    this.#source = source
  }

  async connect(transport: Transport): Promise<void> {
    this.#transport = transport
    transport.onmessage = (message, extra) => this.#receive(transport, message, extra)
    const { onclose } = transport
    transport.onclose = () => {
      onclose?.()
      this.#end()
    }
    await transport.start()
  }

  async close(): Promise<void> {
    this.#end()
    await this.#transport?.close()
  }

  #receive(transport: Transport, message: JSONRPCMessage, extra: MessageExtraInfo | undefined): void {
    if (this.#isClosed) return
    if (isInitialize(message)) {
      this.#relay?.end()
      const Chosen = transport instanceof Exchange ? SharedRelay : OwnRelay
      this.#relay = new Chosen(this.#source, transport, message, extra)
    } else this.#relay?.receive(message, extra)
  }

  #end(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#relay?.end()
  }
}

const isInitialize = (message: JSONRPCMessage): message is JSONRPCRequest =>
  isRequest(message) && message.method === 'initialize'
