import type {
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  RequestId,
} from '@modelcontextprotocol/sdk/types.js'
import { errorMessage } from '@portico-mcp/core/internal'
import { readProgressToken, withProgressToken } from './messages.ts'
import type { PendingRequest, PendingRequests } from './pending-requests.ts'
import type { UpstreamClient } from './upstream-client.ts'

const METHOD_NOT_FOUND = -32601

/** A request of the server to its client. */
interface Question {
  /** The request as the server has sent it. */
  readonly request: JSONRPCRequest
  readonly client: UpstreamClient
}

/** The requests of a server to its clients. They have ids of their own, since all servers count from zero. */
export class Questions {
  readonly #pending: PendingRequests
  readonly #write: (message: JSONRPCMessage) => void
  readonly #open = new Map<RequestId, Question>()

  /** @param pending - The requests of clients that the server has not answered. */
  constructor(pending: PendingRequests, write: (message: JSONRPCMessage) => void) {
    this.#pending = pending
    this.#write = write
  }

  /** Passes a request of the server on to the client whose call it belongs to. */
  receive(request: JSONRPCRequest, related?: PendingRequest): void {
    const { id, method } = request
    const call = related ?? this.#pending.findOnlyCall()
    if (method === 'ping') this.#write({ jsonrpc: '2.0', id, result: {} })
    else if (call) this.#ask(request, call.client, call.request.id)
    else this.#refuse(request, 'it belongs to no call')
  }

  /** Passes the answer of a client on to the server. */
  answer(response: JSONRPCResponse): void {
    const question = this.#open.get(response.id as RequestId)
    this.#open.delete(response.id as RequestId)
    if (question) this.#write({ ...response, id: question.request.id })
  }

  /** The server has given up a request. */
  cancel(notification: JSONRPCNotification): void {
    const { params } = notification
    for (const [requestId, { client, request }] of this.#open) {
      if (request.id !== params?.requestId) continue
      this.#open.delete(requestId)
      client.send({ ...notification, params: { ...params, requestId } })
    }
  }

  /** Returns a progress notification of a client with the server's own token. */
  withOwnToken(notification: JSONRPCNotification): JSONRPCNotification {
    const { params } = notification
    const question = this.#open.get(params?.progressToken as RequestId)
    const progressToken = question && readProgressToken(question.request)
    return progressToken === undefined
      ? notification
      : { ...notification, params: { ...params, progressToken } }
  }

  /** Refuses the requests that a client has not answered, so that their handlers end. */
  release(client: UpstreamClient): void {
    for (const [id, question] of this.#open) {
      if (question.client !== client) continue
      this.#open.delete(id)
      this.#refuse(question.request, 'its call has ended')
    }
  }

  #ask(request: JSONRPCRequest, client: UpstreamClient, relatedRequestId: RequestId): void {
    const id = `ask-${crypto.randomUUID()}`
    this.#open.set(id, { request, client })
    const sent = readProgressToken(request) === undefined ? request : withProgressToken(request, id)
    client.send({ ...sent, id }, relatedRequestId)
  }

  #refuse({ id, method }: JSONRPCRequest, reason: string): void {
    const message = `${method} cannot reach a client: ${reason}`
    this.#write(errorMessage(id, { code: METHOD_NOT_FOUND, message, data: undefined }))
  }
}
