import type { TransportSendOptions } from '@modelcontextprotocol/sdk/shared/transport.js'
import type {
  JSONRPCMessage,
  JSONRPCRequest,
  JSONRPCResponse,
  MessageExtraInfo,
  RequestId,
} from '@modelcontextprotocol/sdk/types.js'
import { isRequest, isResponse, reporter, ServerTransport } from '@portico-mcp/core/internal'

/** Takes what a server sends. */
export interface SessionTransportListener {
  onsend(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> | void
  /** The server, or the host, closed the transport. */
  onend(): void
}

type EarlyRequest = [message: JSONRPCRequest, options: TransportSendOptions | undefined]

interface ResponseListener {
  resolve(response: JSONRPCResponse): void
  reject(error: Error): void
}

/** The transport that the server of a session sees, for as long as it lives. */
export class SessionTransport extends ServerTransport {
  sessionId?: string

  #listener: SessionTransportListener | undefined
  /** Requests of the host that wait for a response. */
  readonly #waiting = new Map<RequestId, ResponseListener>()
  /** Requests that the server sent before there was a listener. */
  readonly #early: EarlyRequest[] = []

  /** Passes on what the server sends from now on, and the requests that it sent before. */
  attach(sessionId: string, listener: SessionTransportListener): void {
    this.sessionId = sessionId
    this.#listener = listener
    for (const [message, options] of this.#early.splice(0)) void listener.onsend(message, options)
  }

  /** Hands the server a message from the client. */
  deliver(message: JSONRPCMessage, extra?: MessageExtraInfo): void {
    if (!this.isClosed) this.onmessage?.(message, extra)
  }

  /** Hands over a message that nothing waits for. Errors thrown by the server go to its `onerror`, as in the SDK. */
  pass(message: JSONRPCMessage, extra?: MessageExtraInfo): void {
    try {
      this.deliver(message, extra)
    } catch (thrown) {
      reporter(this.onerror)(thrown)
    }
  }

  /** Has the server answer a request for the host; rejects if the server closes first. */
  call(request: JSONRPCRequest, extra?: MessageExtraInfo): Promise<JSONRPCResponse> {
    return new Promise((resolve, reject) => {
      if (this.isClosed) return reject(new Error('The server is closed'))
      this.#waiting.set(request.id, { resolve, reject })
      this.deliver(request, extra)
    })
  }

  /** Has the server answer a request of the host itself, under an id that no client has. */
  request(
    method: string,
    params: Record<string, unknown>,
    extra?: MessageExtraInfo,
  ): Promise<JSONRPCResponse> {
    return this.call({ jsonrpc: '2.0', id: `portico-${crypto.randomUUID()}`, method, params }, extra)
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    if (this.isClosed) return
    if (isResponse(message)) {
      const asked = this.#waiting.get(message.id as RequestId)
      this.#waiting.delete(message.id as RequestId)
      if (asked) return asked.resolve(message)
    }
    if (this.#listener) await this.#listener.onsend(message, options)
    else if (isRequest(message)) this.#early.push([message, options])
  }

  protected onend(): void {
    for (const { reject } of this.#waiting.values()) reject(new Error('The server closed before it answered'))
    this.#waiting.clear()
    this.#listener?.onend()
  }
}
