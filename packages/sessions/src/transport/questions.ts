import type {
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  RequestId,
  Result,
} from '@modelcontextprotocol/sdk/types.js'
import type { Call } from './call.ts'

/**
 * A request of the server that waits for its answer. `to` is the call whose stream it was sent on, or undefined for the
 * GET stream.
 */
export interface PendingQuestion {
  wireId: string
  to: Call | undefined
}

/** The error response of a client to a request of the server. */
export class ClientError extends Error {
  readonly code: number
  readonly data: unknown

  constructor({ code, message, data }: { code: number; message: string; data?: unknown }) {
    super(message)
    this.name = 'ClientError'
    this.code = code
    this.data = data
  }
}

/**
 * Requests that the server of a session has sent to its client. On the wire, each has a random id: servers count their
 * ids from zero, so the ids of two nodes would collide, and could be guessed.
 */
export class Questions {
  readonly #pending = new Map<RequestId, PendingQuestion>()
  readonly #serverIds = new Map<RequestId, RequestId>()
  readonly #fulfilling = new Map<RequestId, { call: Call; settle(response: JSONRPCResponse): void }>()

  /** Registers a request of the server. Returns it with its id on the wire. */
  register(request: JSONRPCRequest, to: Call | undefined): JSONRPCRequest {
    const wireId = crypto.randomUUID()
    this.#pending.set(request.id, { wireId, to })
    this.#serverIds.set(wireId, request.id)
    const { _meta } = request.params ?? {}
    if (_meta?.progressToken !== request.id) return { ...request, id: wireId }
    return {
      ...request,
      id: wireId,
      params: { ...request.params, _meta: { ..._meta, progressToken: wireId } },
    }
  }

  /**
   * Awaits the answer to a request that Portico sends for an `input_required` result. It never settles if the call ends
   * first.
   */
  awaitAnswer(id: RequestId, call: Call): Promise<Result> {
    return new Promise((resolve, reject) => {
      const settle = (response: JSONRPCResponse): void => {
        if ('result' in response) resolve(response.result)
        else reject(new ClientError(response.error))
      }
      this.#fulfilling.set(id, { call, settle })
    })
  }

  /** Settles a promise of `awaitAnswer`. Returns false for a response to any other request. */
  resolve(response: JSONRPCResponse): boolean {
    const asked = this.#fulfilling.get(response.id as RequestId)
    this.#fulfilling.delete(response.id as RequestId)
    asked?.settle(response)
    return asked !== undefined
  }

  /** Stops waiting for the answers that Portico requested for a call. */
  forget(call: Call): void {
    for (const [id, asked] of this.#fulfilling) {
      if (asked.call !== call) continue
      this.#fulfilling.delete(id)
      this.#forget(id)
    }
  }

  /** Whether a request of the server still waits for its answer. */
  has(id: RequestId): boolean {
    return this.#pending.has(id)
  }

  /** Returns a client's response with the server's own request id, or undefined if no request waits for it. */
  matchAnswer(response: JSONRPCResponse): JSONRPCResponse | undefined {
    const id = this.#serverIds.get(response.id as RequestId)
    if (id === undefined) return undefined
    this.#forget(id)
    return { ...response, id }
  }

  /** Returns a client's progress notification with the server's own token, or undefined if no request waits for it. */
  matchProgress(notification: JSONRPCNotification): JSONRPCNotification | undefined {
    const progressToken = this.#serverIds.get(notification.params?.progressToken as RequestId)
    if (progressToken === undefined) return undefined
    return { ...notification, params: { ...notification.params, progressToken } }
  }

  /** Cancels a request of the server. Returns undefined if it is not waiting. */
  cancel(id: RequestId): PendingQuestion | undefined {
    const asked = this.#pending.get(id)
    this.#forget(id)
    return asked
  }

  clear(): void {
    this.#pending.clear()
    this.#serverIds.clear()
    this.#fulfilling.clear()
  }

  #forget(id: RequestId): void {
    this.#serverIds.delete(this.#pending.get(id)?.wireId as string)
    this.#pending.delete(id)
  }
}
