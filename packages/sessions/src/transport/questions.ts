import type {
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  RequestId,
  Result,
} from '@modelcontextprotocol/sdk/types.js'
import type { Call } from './call.ts'

/** Where a question went: the stream of a call, or the standalone one. */
export interface Asked {
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
  readonly #asked = new Map<RequestId, Asked>()
  readonly #own = new Map<RequestId, RequestId>()
  readonly #hosts = new Map<RequestId, { call: Call; settle(response: JSONRPCResponse): void }>()

  /** Puts a question into its wire form. */
  ask(request: JSONRPCRequest, to: Call | undefined): JSONRPCRequest {
    const wireId = crypto.randomUUID()
    this.#asked.set(request.id, { wireId, to })
    this.#own.set(wireId, request.id)
    const { _meta } = request.params ?? {}
    if (_meta?.progressToken !== request.id) return { ...request, id: wireId }
    return {
      ...request,
      id: wireId,
      params: { ...request.params, _meta: { ..._meta, progressToken: wireId } },
    }
  }

  /** Settles with the answer to a question of the host itself; never, where its call ends first. */
  promise(id: RequestId, call: Call): Promise<Result> {
    return new Promise((resolve, reject) => {
      const settle = (response: JSONRPCResponse): void => {
        if ('result' in response) resolve(response.result)
        else reject(new ClientError(response.error))
      }
      this.#hosts.set(id, { call, settle })
    })
  }

  /** Takes an answer to a question of the host itself; false for any other. */
  resolve(response: JSONRPCResponse): boolean {
    const asked = this.#hosts.get(response.id as RequestId)
    this.#hosts.delete(response.id as RequestId)
    asked?.settle(response)
    return asked !== undefined
  }

  /** Waits no longer for what the host asked for a call. */
  forget(call: Call): void {
    for (const [id, asked] of this.#hosts) {
      if (asked.call !== call) continue
      this.#hosts.delete(id)
      this.#forget(id)
    }
  }

  /** Whether a question of the server waits for its answer. */
  has(id: RequestId): boolean {
    return this.#asked.has(id)
  }

  /** An answer as the server waits for it; undefined for one that it does not. */
  answered(response: JSONRPCResponse): JSONRPCResponse | undefined {
    const id = this.#own.get(response.id as RequestId)
    if (id === undefined) return undefined
    this.#forget(id)
    return { ...response, id }
  }

  /** A client's progress on a question, under the server's own token; undefined for any other. */
  progressed(notification: JSONRPCNotification): JSONRPCNotification | undefined {
    const progressToken = this.#own.get(notification.params?.progressToken as RequestId)
    if (progressToken === undefined) return undefined
    return { ...notification, params: { ...notification.params, progressToken } }
  }

  /** Takes a question back; undefined where there is none. */
  cancel(id: RequestId): Asked | undefined {
    const asked = this.#asked.get(id)
    this.#forget(id)
    return asked
  }

  clear(): void {
    this.#asked.clear()
    this.#own.clear()
    this.#hosts.clear()
  }

  #forget(id: RequestId): void {
    this.#own.delete(this.#asked.get(id)?.wireId as string)
    this.#asked.delete(id)
  }
}
