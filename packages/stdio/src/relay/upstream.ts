import type {
  InitializeResult,
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  RequestId,
} from '@modelcontextprotocol/sdk/types.js'
import { isRequest, isResponse, toError } from '@portico-mcp/core/internal'
import { AskingCalls } from './asking-calls.ts'
import { failureOf, mayAsk, readProgressToken, withoutEnvelope, withProgressToken } from './messages.ts'
import { createEnvelope, PORTICO, toLegacy, withEnvelope } from './modern-form.ts'
import { Notifications } from './notifications.ts'
import { OwnRequests } from './own-requests.ts'
import { type PendingRequest, PendingRequests } from './pending-requests.ts'
import { Questions } from './questions.ts'
import { createSubscribingServer } from './subscribing-server.ts'
import { Subscriptions } from './subscriptions.ts'
import type { UpstreamClient } from './upstream-client.ts'
import type { StreamExtra, UpstreamTransport } from './upstream-transport.ts'

/** Listens to an {@link Upstream}. */
export interface UpstreamListener {
  onerror(error: Error): void
  /** The connection has ended. */
  onend(): void
  /** The first request is sent, or the last one was answered. */
  onbusy(isBusy: boolean): void
}

/**
 * The connection to a server that several clients share. Requests and progress tokens get ids of their own on it, and
 * each message of the server goes to the client that it belongs to.
 */
export class Upstream {
  /** The answer of the server to `initialize`, or to `server/discover`. */
  introduction: InitializeResult | undefined
  /** Whether the connection speaks 2026-07-28. */
  isModern = false
  readonly #transport: UpstreamTransport
  readonly #listener: UpstreamListener
  readonly #pending: PendingRequests
  readonly #own: OwnRequests
  readonly #clients = new Set<UpstreamClient>()
  readonly #questions: Questions
  readonly #asking: AskingCalls
  readonly #notifications: Notifications
  readonly #subscriptions: Subscriptions
  // The 1.x SDK does not cancel a request whose id is 0.
  #nextId = 1
  #isOver = false

  constructor(transport: UpstreamTransport, listener: UpstreamListener) {
    this.#transport = transport
    this.#listener = listener
    this.#pending = new PendingRequests((isBusy) => listener.onbusy(isBusy))
    this.#questions = new Questions(this.#pending, this.#clients, (message) => this.#write(message))
    this.#notifications = new Notifications(this.#pending, this.#clients, this.#questions)
    this.#asking = new AskingCalls(
      {
        ping: () => this.ping(),
        isAttached: (client) => this.#clients.has(client),
        forward: (client, request) => this.#forward(client, request),
      },
      this.#pending,
      this.#questions,
    )
    this.#own = new OwnRequests((message) => this.#write(message))
    this.#subscriptions = new Subscriptions(createSubscribingServer(this, this.#own))
    transport.onmessage = (message, extra) => {
      this.#receive(message, this.#pending.get((extra as StreamExtra | undefined)?.relatedRequestId))
    }
    transport.onerror = (error) => listener.onerror(error)
    transport.onclose = () => this.#end()
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get isBusy(): boolean {
    return !this.#pending.isEmpty
  }

  /** The handshake is complete: the server may ask now. */
  started(): void {
    void this.#asking.start()
  }

  attach(client: UpstreamClient): void {
    this.#clients.add(client)
    this.#notifications.announcer = client
  }

  /** Cancels the requests of a client, which takes no further messages. */
  detach(client: UpstreamClient): void {
    for (const id of this.#pending.idsOf(client)) this.#cancel(id, 'The client left')
    this.#clients.delete(client)
    this.#questions.release(client)
    this.#subscriptions.release(client)
    this.#asking.next()
  }

  /** Sends a request of a client. */
  request(client: UpstreamClient, request: JSONRPCRequest): void {
    const answer = this.#subscriptions.answer(client, request)
    if (answer) void answer.then((response) => client.send(response))
    else if (client.canAnswer && !client.isOnly && !this.isModern && mayAsk(request)) {
      this.#asking.begin(client, request)
    } else this.#forward(client, request)
  }

  /** Sends a request of Portico itself. It resolves with an error response if the connection ends first. */
  ask(method: string, params: Record<string, unknown> = {}): Promise<JSONRPCResponse> {
    if (this.#isOver) return Promise.resolve(failureOf(method, this.#failure))
    return this.#own.send(method, params)
  }

  /** Resolves once the server has answered anything at all. */
  async ping(): Promise<void> {
    if (this.isModern) await this.ask('server/discover', { _meta: createEnvelope(PORTICO) })
    else await this.ask('ping')
  }

  /** Cancels a request of a client, by the client's own id. */
  cancel(client: UpstreamClient, requestId: unknown, reason: unknown): void {
    for (const id of this.#pending.idsOf(client, requestId)) this.#cancel(id, reason)
  }

  /** Sends a notification of a client. */
  notify(notification: JSONRPCNotification): void {
    const isProgress = notification.method === 'notifications/progress'
    this.#write(isProgress ? this.#questions.withOwnToken(notification) : notification)
  }

  /** Passes on the answer of a client to a request of the server. */
  answer(response: JSONRPCResponse): void {
    this.#questions.answer(response)
  }

  close(): Promise<void> {
    return this.#transport.close()
  }

  #forward(client: UpstreamClient, request: JSONRPCRequest): void {
    const id = this.#nextId++
    this.#pending.add(id, { client, request })
    const sent = this.isModern ? withEnvelope(request, client.profile) : withoutEnvelope(request)
    const token = readProgressToken(sent)
    this.#write({ ...(token === undefined ? sent : withProgressToken(sent, id)), id })
  }

  get #failure(): string {
    return `The MCP server ${this.#transport.failure ?? 'has closed the connection'} before it answered`
  }

  #cancel(id: RequestId, reason: unknown): void {
    this.#pending.take(id)
    this.#write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id, reason } })
  }

  #write(message: JSONRPCMessage): void {
    if (this.#isOver) return
    this.#transport.send(message).catch((error) => this.#listener.onerror(toError(error)))
  }

  /** @param related - The request on whose stream a message came, if requests have streams. */
  #receive(message: JSONRPCMessage, related: PendingRequest | undefined): void {
    if (isResponse(message)) this.#receiveResponse(message)
    else if (isRequest(message)) this.#questions.receive(message, related)
    else this.#notifications.receive(message, related)
  }

  #receiveResponse(response: JSONRPCResponse): void {
    this.#own.settle(response)
    const pending = this.#pending.take(response.id as RequestId)
    if (!pending) return
    const { client, request } = pending
    client.send({ ...(this.isModern && !client.isModern ? toLegacy(response) : response), id: request.id })
    if (!mayAsk(request)) return
    this.#questions.callEnded()
    this.#asking.next()
  }

  #end(): void {
    this.#isOver = true
    const failure = this.#failure
    this.#own.fail(failure)
    for (const { client, request } of this.#pending.takeAll()) client.send(failureOf(request.id, failure))
    for (const client of this.#clients) client.onend()
    this.#clients.clear()
    this.#listener.onend()
  }
}
