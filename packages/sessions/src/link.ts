import type { Transport, TransportSendOptions } from '@modelcontextprotocol/sdk/shared/transport.js'
import type {
  JSONRPCMessage,
  JSONRPCRequest,
  JSONRPCResponse,
  MessageExtraInfo,
  RequestId,
} from '@modelcontextprotocol/sdk/types.js'
import { type HostTransport, isRequest, isResponse, reporter } from '@portico-mcp/core/internal'

/** What becomes of what a server sends. */
export interface LinkListener {
  onsend(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> | void
  /** The server, or the host, closed the link. */
  onend(): void
}

type Early = [message: JSONRPCRequest, options: TransportSendOptions | undefined]

interface HostCall {
  resolve(response: JSONRPCResponse): void
  reject(error: Error): void
}

/** The transport that the server of a session sees, for as long as it lives. */
export class Link implements HostTransport {
  onmessage?: Transport['onmessage']
  onclose?: Transport['onclose']
  onerror?: Transport['onerror']
  sessionId?: string

  #listener: LinkListener | undefined
  readonly #calls = new Map<RequestId, HostCall>()
  #closed = false
  #started = false
  #onstart: (() => void) | undefined
  /** What the server asked before there was anybody to hand it on to. */
  readonly #early: Early[] = []

  /** Hands on what the server sends from now on; of what it sent before, only what it asked. */
  attach(sessionId: string, listener: LinkListener): void {
    this.sessionId = sessionId
    this.#listener = listener
    for (const [message, options] of this.#early.splice(0)) void listener.onsend(message, options)
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Hands the server a message from the client. */
  deliver(message: JSONRPCMessage, extra?: MessageExtraInfo): void {
    if (!this.#closed) this.onmessage?.(message, extra)
  }

  /** Hands over a message that nothing waits for; a server that throws for it is told so, as the SDK has it. */
  pass(message: JSONRPCMessage, extra?: MessageExtraInfo): void {
    try {
      this.deliver(message, extra)
    } catch (thrown) {
      reporter(this.onerror)(thrown)
    }
  }

  /** Has the server answer a request for the host; rejects where it closes instead. */
  call(request: JSONRPCRequest, extra?: MessageExtraInfo): Promise<JSONRPCResponse> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Error('The server is closed'))
      this.#calls.set(request.id, { resolve, reject })
      this.deliver(request, extra)
    })
  }

  /** Has the server answer a request of the host's own, under an id that no client has. */
  ask(method: string, params: Record<string, unknown>, extra?: MessageExtraInfo): Promise<JSONRPCResponse> {
    return this.call({ jsonrpc: '2.0', id: `portico-${crypto.randomUUID()}`, method, params }, extra)
  }

  async start(): Promise<void> {
    this.#started = true
    this.#onstart?.()
  }

  get isStarted(): boolean {
    return this.#started
  }

  whenStarted(callback: () => void): void {
    if (this.#started) callback()
    else this.#onstart = callback
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    if (this.#closed) return
    if (isResponse(message)) {
      const call = this.#calls.get(message.id as RequestId)
      this.#calls.delete(message.id as RequestId)
      if (call) return call.resolve(message)
    }
    if (this.#listener) await this.#listener.onsend(message, options)
    else if (isRequest(message)) this.#early.push([message, options])
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const { reject } of this.#calls.values()) reject(new Error('The server closed before it answered'))
    this.#calls.clear()
    this.onclose?.()
    this.#listener?.onend()
  }
}
