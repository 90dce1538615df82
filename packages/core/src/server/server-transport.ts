import type { Transport, TransportSendOptions } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { HostTransport } from './connect-server.ts'

/** The base of the transports that servers are connected to; a subclass sends the messages of the server. */
export abstract class ServerTransport implements HostTransport {
  onmessage?: Transport['onmessage']
  onclose?: Transport['onclose']
  onerror?: Transport['onerror']

  #isStarted = false
  #isClosed = false
  #onstart: (() => void) | undefined

  abstract send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void>

  /** Called once, when the server or the host closes the transport, before `onclose`. */
  protected abstract onend(): void

  /** Whether the server or the host has closed it. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  get isStarted(): boolean {
    return this.#isStarted
  }

  whenStarted(callback: () => void): void {
    if (this.#isStarted) callback()
    else this.#onstart = callback
  }

  async start(): Promise<void> {
    this.#isStarted = true
    this.#onstart?.()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.onend()
    this.onclose?.()
  }
}
