import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type {
  InitializeRequest,
  InitializeResult,
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  RequestId,
} from '@modelcontextprotocol/sdk/types.js'
import { isRequest, isResponse, toError } from '@portico-mcp/core/internal'
import { failureOf, isChange, readProgressToken, withoutEnvelope, withProgressToken } from './messages.ts'
import { PendingRequests } from './pending-requests.ts'
import { Questions } from './questions.ts'
import type { UpstreamClient } from './upstream-client.ts'

/** The transport of an upstream server, which can explain why it has ended. */
export interface UpstreamTransport extends Transport {
  /** In words that follow "the server". */
  readonly failure?: string
}

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
  /** The answer of the server to `initialize`. */
  introduction: InitializeResult | undefined
  readonly #transport: UpstreamTransport
  readonly #listener: UpstreamListener
  readonly #pending: PendingRequests
  readonly #own = new Map<RequestId, (response: JSONRPCResponse) => void>()
  readonly #clients = new Set<UpstreamClient>()
  readonly #questions: Questions
  #nextId = 0
  #isOver = false
  /** The client that was attached last. Its transport publishes changes, even after the client has its answer. */
  #announcer: UpstreamClient | undefined

  constructor(transport: UpstreamTransport, listener: UpstreamListener) {
    this.#transport = transport
    this.#listener = listener
    this.#pending = new PendingRequests((isBusy) => listener.onbusy(isBusy))
    this.#questions = new Questions(this.#pending, (message) => this.#write(message))
    transport.onmessage = (message) => this.#receive(message)
    transport.onerror = (error) => listener.onerror(error)
    transport.onclose = () => this.#end()
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get isBusy(): boolean {
    return this.#pending.size > 0
  }

  /**
   * Introduces client and server to each other.
   *
   * @param completes - Whether `notifications/initialized` is sent as well.
   * @throws Error if the server answers with an error, or ends first.
   */
  async open(params: InitializeRequest['params'], completes: boolean): Promise<InitializeResult> {
    const response = await this.ask('initialize', { ...params })
    if ('error' in response) throw new Error(`initialize failed: ${response.error.message}`)
    this.introduction = response.result as InitializeResult
    if (completes) this.notify({ jsonrpc: '2.0', method: 'notifications/initialized' })
    return this.introduction
  }

  attach(client: UpstreamClient): void {
    this.#clients.add(client)
    this.#announcer = client
  }

  /** Cancels the requests of a client, which takes no further messages. */
  detach(client: UpstreamClient): void {
    for (const id of this.#pending.idsOf(client)) this.#cancel(id, 'The client left')
    this.#clients.delete(client)
    this.#questions.release(client)
  }

  /** Sends a request of a client. */
  request(client: UpstreamClient, request: JSONRPCRequest): void {
    const id = this.#nextId++
    this.#pending.add(id, { client, request })
    const stripped = withoutEnvelope(request)
    const token = readProgressToken(stripped)
    this.#write({ ...(token === undefined ? stripped : withProgressToken(stripped, id)), id })
  }

  /** Sends a request of Portico itself. It resolves with an error response if the connection ends first. */
  ask(method: string, params: Record<string, unknown> = {}): Promise<JSONRPCResponse> {
    const id = this.#nextId++
    return new Promise((resolve) => {
      if (this.#isOver) return resolve(failureOf(id, this.#failure))
      this.#own.set(id, resolve)
      this.#write({ jsonrpc: '2.0', id, method, params })
    })
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

  #receive(message: JSONRPCMessage): void {
    if (isResponse(message)) this.#receiveResponse(message)
    else if (isRequest(message)) this.#questions.receive(message)
    else this.#receiveNotification(message)
  }

  #receiveResponse(response: JSONRPCResponse): void {
    const id = response.id as RequestId
    const own = this.#own.get(id)
    this.#own.delete(id)
    own?.(response)
    const pending = this.#pending.take(id)
    pending?.client.send({ ...response, id: pending.request.id })
  }

  #receiveNotification(notification: JSONRPCNotification): void {
    const { method } = notification
    if (method === 'notifications/progress') this.#receiveProgress(notification)
    else if (method === 'notifications/cancelled') this.#questions.cancel(notification)
    else if (isChange(method)) this.#announcer?.send(notification)
    else {
      // It names no request, so it goes to the only client that has one.
      const only = this.#pending.findOnly()
      if (only) only.client.send(notification, only.request.id)
      else if (this.#clients.size === 1) for (const client of this.#clients) client.send(notification)
    }
  }

  #receiveProgress(notification: JSONRPCNotification): void {
    const [pending, sent] = this.#pending.matchProgress(notification) ?? []
    if (pending && sent) pending.client.send(sent, pending.request.id)
  }

  #end(): void {
    this.#isOver = true
    const failure = this.#failure
    for (const [id, resolve] of this.#own) resolve(failureOf(id, failure))
    this.#own.clear()
    for (const { client, request } of this.#pending.takeAll()) client.send(failureOf(request.id, failure))
    for (const client of this.#clients) client.onend()
    this.#clients.clear()
    this.#listener.onend()
  }
}
