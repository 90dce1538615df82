import type {
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  RequestId,
} from '@modelcontextprotocol/sdk/types.js'
import { errorMessage } from '@portico-mcp/core/internal'
import { HeldQuestions } from './held-questions.ts'
import { readProgressToken, readRelatedTask, withProgressToken } from './messages.ts'
import type { PendingRequest, PendingRequests } from './pending-requests.ts'
import type { UpstreamClient } from './upstream-client.ts'

const METHOD_NOT_FOUND = -32601

/** A request of the server to its client. */
interface Question {
  /** The request as the server has sent it. */
  readonly request: JSONRPCRequest
  readonly client: UpstreamClient
  /** Called with the answer. Such a question is kept for another client if this one leaves. */
  readonly onanswer: ((isAnswered: boolean) => void) | undefined
}

/** The requests of a server to its clients. They have ids of their own, since all servers count from zero. */
export class Questions {
  /** Whether the server may still ask what it asks when it is initialized. */
  isStarting = true
  /** Whether the server has asked in a call. */
  hasAsked = false
  readonly #pending: PendingRequests
  readonly #clients: ReadonlySet<UpstreamClient>
  readonly #write: (message: JSONRPCMessage) => void
  readonly #open = new Map<RequestId, Question>()
  readonly #held: HeldQuestions = new HeldQuestions((request, reason) => this.#refuse(request, reason))

  /** @param pending - The requests of clients that the server has not answered. */
  constructor(
    pending: PendingRequests,
    clients: ReadonlySet<UpstreamClient>,
    write: (message: JSONRPCMessage) => void,
  ) {
    this.#pending = pending
    this.#clients = clients
    this.#write = write
  }

  /** Whether the server waits for answers that belong to no call. */
  get hasHeld(): boolean {
    return this.#held.hasStartup
  }

  /**
   * Passes a request of the server on to the client whose call it belongs to. If several clients have calls, it is held
   * until it is known which one asks; if none has, as when the server starts, until one can be asked.
   */
  receive(request: JSONRPCRequest, related?: PendingRequest): void {
    const owner = [...this.#clients].find(({ isOnly }) => isOnly)
    const ofTask = this.#pending.findTaskResult(readRelatedTask(request))
    const call = related ?? ofTask ?? this.#pending.findOnlyCall()
    const isInCall = call !== undefined || this.#pending.hasCall
    this.hasAsked ||= isInCall && !ofTask
    if (request.method === 'ping') this.#write({ jsonrpc: '2.0', id: request.id, result: {} })
    else if (call) this.#ask(request, call.client, call.request.id)
    else if (owner) this.#ask(request, owner)
    else if (isInCall) this.#held.holdForCall(request)
    else if (this.isStarting || this.#pending.isEmpty) this.#held.holdForStartup(request)
    else this.#refuse(request, 'it belongs to no call')
  }

  /** Passes on the requests of calls that were held, now that a call has ended. */
  callEnded(): void {
    const call = this.#pending.findOnlyCall()
    if (!call) return
    for (const request of this.#held.takeForCall()) this.#ask(request, call.client, call.request.id)
  }

  /** Asks a client what the server has asked outside of calls. Resolves with false if the client leaves before. */
  async offerHeld(client: UpstreamClient, relatedRequestId: RequestId): Promise<boolean> {
    const answers = this.#held
      .takeForStartup()
      .map(
        (request) => new Promise<boolean>((resolve) => this.#ask(request, client, relatedRequestId, resolve)),
      )
    return (await Promise.all(answers)).every(Boolean)
  }

  /** Passes the answer of a client on to the server. */
  answer(response: JSONRPCResponse): void {
    const question = this.#open.get(response.id as RequestId)
    this.#open.delete(response.id as RequestId)
    if (!question) return
    this.#write({ ...response, id: question.request.id })
    question.onanswer?.(true)
  }

  /** The server has given up a request. */
  cancel(notification: JSONRPCNotification): void {
    const { params } = notification
    this.#held.remove(params?.requestId)
    for (const [requestId, { client, request, onanswer }] of this.#open) {
      if (request.id !== params?.requestId) continue
      this.#open.delete(requestId)
      client.send({ ...notification, params: { ...params, requestId } })
      onanswer?.(true)
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

  /** A client has left: the requests of its calls are refused, so that their handlers end; the others are kept. */
  release(client: UpstreamClient): void {
    for (const [id, question] of this.#open) {
      if (question.client !== client) continue
      this.#open.delete(id)
      if (question.onanswer) this.#held.holdForStartup(question.request)
      else this.#refuse(question.request, 'its call has ended')
      question.onanswer?.(false)
    }
    this.callEnded()
  }

  #ask(
    request: JSONRPCRequest,
    client: UpstreamClient,
    relatedRequestId?: RequestId,
    onanswer?: Question['onanswer'],
  ): void {
    const id = `ask-${crypto.randomUUID()}`
    this.#open.set(id, { request, client, onanswer })
    const sent = readProgressToken(request) === undefined ? request : withProgressToken(request, id)
    client.send({ ...sent, id }, relatedRequestId)
  }

  #refuse({ id, method }: JSONRPCRequest, reason: string): void {
    const message = `${method} cannot reach a client: ${reason}`
    this.#write(errorMessage(id, { code: METHOD_NOT_FOUND, message, data: undefined }))
  }
}
