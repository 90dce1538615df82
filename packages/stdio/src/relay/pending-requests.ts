import type { JSONRPCNotification, JSONRPCRequest, RequestId } from '@modelcontextprotocol/sdk/types.js'
import { mayAsk, readProgressToken } from './messages.ts'
import type { UpstreamClient } from './upstream-client.ts'

/** A request of a client that waits for its reply. */
export interface PendingRequest {
  readonly client: UpstreamClient
  /** The request as the client has sent it. */
  readonly request: JSONRPCRequest
}

/** The requests of all clients of one server, by the ids that they have there. */
export class PendingRequests {
  readonly #requests = new Map<RequestId, PendingRequest>()
  readonly #onbusy: (isBusy: boolean) => void

  /** @param onbusy - Called when the first request is added, and when the last one is removed. */
  constructor(onbusy: (isBusy: boolean) => void) {
    this.#onbusy = onbusy
  }

  get isEmpty(): boolean {
    return this.#requests.size === 0
  }

  /** Whether a handler runs that may ask its client. */
  get hasCall(): boolean {
    return this.#calls().length > 0
  }

  add(id: RequestId, pending: PendingRequest): void {
    this.#requests.set(id, pending)
    if (this.#requests.size === 1) this.#onbusy(true)
  }

  get(id: RequestId | undefined): PendingRequest | undefined {
    return id === undefined ? undefined : this.#requests.get(id)
  }

  /** Removes a request, and returns it. */
  take(id: RequestId): PendingRequest | undefined {
    const pending = this.#requests.get(id)
    if (pending && this.#requests.delete(id) && this.#requests.size === 0) this.#onbusy(false)
    return pending
  }

  /** Removes all requests, and returns them. */
  takeAll(): PendingRequest[] {
    return [...this.#requests.keys()].flatMap((id) => this.take(id) ?? [])
  }

  /** Returns the ids of the requests of a client, or of the one that it knows by an id of its own. */
  idsOf(client: UpstreamClient, requestId?: unknown): RequestId[] {
    return [...this.#requests]
      .filter(([, { client: owner, request }]) => {
        return owner === client && (requestId === undefined || request.id === requestId)
      })
      .map(([id]) => id)
  }

  /** Returns the request that a progress notification belongs to, and the notification with the token of the client. */
  matchProgress(notification: JSONRPCNotification): [PendingRequest, JSONRPCNotification] | undefined {
    const { params } = notification
    const pending = this.#requests.get(params?.progressToken as RequestId)
    const progressToken = pending && readProgressToken(pending.request)
    if (!pending || progressToken === undefined) return undefined
    return [pending, { ...notification, params: { ...params, progressToken } }]
  }

  /** Returns the last request, if all requests are of one client. */
  findOnly(): PendingRequest | undefined {
    return findOnly([...this.#requests.values()])
  }

  /** Returns the last request whose handler may ask its client, if all of them are of one client. */
  findOnlyCall(): PendingRequest | undefined {
    return findOnly(this.#calls())
  }

  /** Returns the `tasks/result` that waits for a task: what the task asks meanwhile belongs to it (2025-11-25 tasks). */
  findTaskResult(taskId: string | undefined): PendingRequest | undefined {
    if (taskId === undefined) return undefined
    return [...this.#requests.values()].find(
      ({ client, request: { method, params } }) =>
        client.canAnswer && method === 'tasks/result' && params?.taskId === taskId,
    )
  }

  #calls(): PendingRequest[] {
    return [...this.#requests.values()].filter(({ client, request }) => client.canAnswer && mayAsk(request))
  }
}

function findOnly(requests: readonly PendingRequest[]): PendingRequest | undefined {
  const last = requests.at(-1)
  return requests.every(({ client }) => client === last?.client) ? last : undefined
}
