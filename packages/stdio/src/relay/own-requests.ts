import type { JSONRPCMessage, JSONRPCResponse, RequestId } from '@modelcontextprotocol/sdk/types.js'
import { failureOf } from './messages.ts'

/** The requests that Portico itself sends a server. */
export class OwnRequests {
  readonly #write: (message: JSONRPCMessage) => void
  readonly #waiting = new Map<RequestId, (response: JSONRPCResponse) => void>()
  #count = 0

  constructor(write: (message: JSONRPCMessage) => void) {
    this.#write = write
  }

  /** Sends a request. */
  send(method: string, params: Record<string, unknown>): Promise<JSONRPCResponse> {
    // Requests of clients have numbers.
    const id = `portico-${++this.#count}`
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#write({ jsonrpc: '2.0', id, method, params })
    })
  }

  /** Sends a request that is not answered until it is cancelled. Returns what cancels it. */
  open(method: string, params: Record<string, unknown>): () => void {
    void this.send(method, params)
    const requestId = `portico-${this.#count}`
    return () => {
      this.#waiting.delete(requestId)
      this.#write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } })
    }
  }

  /** Takes a response, if it answers one of them. */
  settle(response: JSONRPCResponse): void {
    const id = response.id as RequestId
    const resolve = this.#waiting.get(id)
    this.#waiting.delete(id)
    resolve?.(response)
  }

  /** Answers all of them with an error. */
  fail(message: string): void {
    for (const id of this.#waiting.keys()) this.settle(failureOf(id, message))
  }
}
