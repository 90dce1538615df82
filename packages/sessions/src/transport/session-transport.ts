import type { TransportSendOptions } from '@modelcontextprotocol/sdk/shared/transport.js'
import type {
  JSONRPCMessage,
  JSONRPCRequest,
  JSONRPCResponse,
  MessageExtraInfo,
  RequestId,
} from '@modelcontextprotocol/sdk/types.js'
import type { Refusal } from '@portico-mcp/core'
import { isRequest, isResponse, reporter, ServerTransport } from '@portico-mcp/core/internal'

/** Listens to a {@link SessionTransport}. */
export interface SessionTransportListener {
  onsend(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> | void
  /** Called when the transport was closed by the server or by Portico. */
  onend(): void
}

type EarlyRequest = [message: JSONRPCRequest, options: TransportSendOptions | undefined]

interface ResponseListener {
  resolve(response: JSONRPCResponse): void
  reject(error: Error): void
}

/** The transport of a session's server. It stays the same for the life of the server. */
export class SessionTransport extends ServerTransport {
  sessionId?: string

  #listener: SessionTransportListener | undefined
  /** Requests of Portico itself that wait for a response. */
  readonly #waiting = new Map<RequestId, ResponseListener>()
  /** Requests that the server sent before there was a listener. */
  readonly #early: EarlyRequest[] = []

  /** Sets the listener. It also gets the requests that the server sent before. */
  attach(sessionId: string, listener: SessionTransportListener): void {
    this.sessionId = sessionId
    this.#listener = listener
    for (const [message, options] of this.#early.splice(0)) void listener.onsend(message, options)
  }

  /** Delivers a message of the client to the server. */
  deliver(message: JSONRPCMessage, extra?: MessageExtraInfo): void {
    if (!this.isClosed) this.onmessage?.(message, extra)
  }

  /** Delivers a message without a caller that could handle errors. They go to the server's `onerror`, as in the SDK. */
  pass(message: JSONRPCMessage, extra?: MessageExtraInfo): void {
    try {
      this.deliver(message, extra)
    } catch (thrown) {
      reporter(this.onerror)(thrown)
    }
  }

  /** Sends a request to the server and resolves with its response. Rejects if the server closes first. */
  call(request: JSONRPCRequest, extra?: MessageExtraInfo): Promise<JSONRPCResponse> {
    return new Promise((resolve, reject) => {
      if (this.isClosed) return reject(new Error('The server is closed'))
      this.#waiting.set(request.id, { resolve, reject })
      this.deliver(request, extra)
    })
  }

  /** Sends a request of Portico itself to the server, with an id that no client uses. */
  request(
    method: string,
    params: Record<string, unknown>,
    extra?: MessageExtraInfo,
  ): Promise<JSONRPCResponse> {
    return this.call({ jsonrpc: '2.0', id: `portico-${crypto.randomUUID()}`, method, params }, extra)
  }

  /** Closes the transport; requests of Portico that wait for a response are rejected with the refusal. */
  end(failure: Refusal): void {
    this.#rejectWaiting(failure)
    void this.close()
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
    this.#rejectWaiting(new Error('The server closed before it answered'))
    this.#listener?.onend()
  }

  #rejectWaiting(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
