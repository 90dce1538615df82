import type {
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  RequestId,
  Result,
} from '@modelcontextprotocol/sdk/types.js'
import type { Call } from './call.ts'

/** Where a question went: the stream of a call, or the standalone one. */
export interface PendingQuestion {
  wireId: string
  to: Call | undefined
}

/** A client's error, as the answer to a question. */
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
 * What the server of a session has asked its client. On the wire a question has an id that nobody can guess
 * and no other node gives away: servers count theirs from zero.
 */
export class Questions {
  readonly #pending = new Map<RequestId, PendingQuestion>()
  readonly #serverIds = new Map<RequestId, RequestId>()
  readonly #fulfilling = new Map<RequestId, { call: Call; settle(response: JSONRPCResponse): void }>()

  /** Puts a question into its wire form. */
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

  /** Settles with the answer to a question of the host itself; never, where its call ends first. */
  awaitAnswer(id: RequestId, call: Call): Promise<Result> {
    return new Promise((resolve, reject) => {
      const settle = (response: JSONRPCResponse): void => {
        if ('result' in response) resolve(response.result)
        else reject(new ClientError(response.error))
      }
      this.#fulfilling.set(id, { call, settle })
    })
  }

  /** Takes an answer to a question of the host itself; false for any other. */
  resolve(response: JSONRPCResponse): boolean {
    const asked = this.#fulfilling.get(response.id as RequestId)
    this.#fulfilling.delete(response.id as RequestId)
    asked?.settle(response)
    return asked !== undefined
  }

  /** Waits no longer for what the host asked for a call. */
  forget(call: Call): void {
    for (const [id, asked] of this.#fulfilling) {
      if (asked.call !== call) continue
      this.#fulfilling.delete(id)
      this.#forget(id)
    }
  }

  /** Whether a question of the server waits for its answer. */
  has(id: RequestId): boolean {
    return this.#pending.has(id)
  }

  /** An answer as the server waits for it; undefined for one that it does not. */
  matchAnswer(response: JSONRPCResponse): JSONRPCResponse | undefined {
    const id = this.#serverIds.get(response.id as RequestId)
    if (id === undefined) return undefined
    this.#forget(id)
    return { ...response, id }
  }

  /** A client's progress on a question, under the server's own token; undefined for any other. */
  matchProgress(notification: JSONRPCNotification): JSONRPCNotification | undefined {
    const progressToken = this.#serverIds.get(notification.params?.progressToken as RequestId)
    if (progressToken === undefined) return undefined
    return { ...notification, params: { ...notification.params, progressToken } }
  }

  /** Takes a question back; undefined where there is none. */
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
