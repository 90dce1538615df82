import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type {
  InitializeResult,
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  RequestId,
} from '@modelcontextprotocol/sdk/types.js'
import { isRequest, textOf, toError } from '@portico-mcp/core/internal'
import type { ManagedTransport } from '../pool/launch.ts'
import { failureOf } from '../relay/messages.ts'
import { HttpConnection, type HttpTarget, readVersion } from './http-connection.ts'
import { ParamHeaders } from './param-headers.ts'
import { isStream, readReplies, readStream } from './read-replies.ts'

/**
 * The client side of Streamable HTTP, in all revisions: messages of 2026-07-28 are recognized by their envelope. All others
 * belong to a session if the server opens one.
 */
export class HttpTransport implements ManagedTransport {
  onmessage?: Transport['onmessage']
  onclose?: Transport['onclose']
  onerror?: Transport['onerror']
  failure = 'has closed the connection'
  readonly lastLog = ''
  readonly pid: number | undefined
  /** An open socket keeps the process alive by itself. */
  isActive = false

  readonly #connection: HttpConnection
  readonly #inFlight = new Map<RequestId | symbol, AbortController>()
  readonly #paramHeaders = new ParamHeaders()
  #initialize: JSONRPCRequest | undefined
  #reopening: Promise<void> | undefined
  #isClosed = false

  constructor(target: HttpTarget) {
    this.#connection = new HttpConnection(target)
  }

  async start(): Promise<void> {}

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#isClosed) throw new Error('The connection is closed')
    const isCancellation = 'method' in message && message.method === 'notifications/cancelled'
    if (isCancellation) void this.#cancel(message)
    else
      void this.#run(isRequest(message) ? message.id : undefined, (signal) => this.#exchange(message, signal))
  }

  /** Ends the connection, and the session of the server. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const request of this.#inFlight.values()) request.abort()
    this.onclose?.()
    await this.#connection.delete()
  }

  kill(reason: string): void {
    this.failure = reason
    this.close().catch((error) => this.onerror?.(toError(error)))
  }

  /** Ends a request. A session is told first, since a client that disconnects has not cancelled there. */
  async #cancel(message: JSONRPCNotification): Promise<void> {
    const request = this.#inFlight.get(message.params?.requestId as RequestId)
    if (this.#connection.sessionId !== undefined) {
      await this.#run(undefined, (signal) => this.#exchange(message, signal))
    }
    request?.abort()
  }

  /** Does something until it is done, cancelled, or the transport is closed. */
  async #run(id: RequestId | undefined, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const controller = new AbortController()
    const key = id ?? Symbol('message')
    this.#inFlight.set(key, controller)
    try {
      await work(controller.signal)
    } catch (error) {
      if (controller.signal.aborted) return
      if (id === undefined) this.onerror?.(toError(error))
      else this.onmessage?.(failureOf(id, `The remote MCP server cannot be reached: ${textOf(error)}`))
    } finally {
      if (this.#inFlight.get(key) === controller) this.#inFlight.delete(key)
    }
  }

  async #exchange(message: JSONRPCMessage, signal: AbortSignal, isRetry = false): Promise<void> {
    const response = await this.#connection.post(message, signal, this.#paramHeaders.of(message))
    const isModern = readVersion(message) !== undefined
    if (response.status === 404 && !isModern && this.#initialize && !isRetry) {
      await response.body?.cancel()
      await this.#reopen()
      return this.#exchange(message, signal, true)
    }
    const id = isRequest(message) ? message.id : undefined
    for await (const reply of readReplies(this.#connection, response, id, signal)) {
      if (signal.aborted) return
      if (isModern && !isRetry && this.#paramHeaders.areMissing(message, reply)) {
        await this.#paramHeaders.learn(message, (list) => this.#ask(list, signal))
        return this.#exchange(message, signal, true)
      }
      this.#pass(message, reply)
    }
    this.#afterwards(message)
  }

  #pass(message: JSONRPCMessage, reply: JSONRPCMessage): void {
    const request = isRequest(message) ? message : undefined
    if (request && 'result' in reply) this.#readResult(request, reply.result)
    // `relatedRequestId` is what a message of a stream belongs to.
    this.onmessage?.(reply, request && ({ relatedRequestId: request.id } as object))
  }

  #readResult(request: JSONRPCRequest, result: object): void {
    if (request.method === 'initialize') {
      this.#connection.version = (result as InitializeResult).protocolVersion
      if (this.#connection.sessionId !== undefined) this.#initialize = request
    }
    this.#paramHeaders.read(request, result)
  }

  #afterwards(message: JSONRPCMessage): void {
    const isInitialized = 'method' in message && message.method === 'notifications/initialized'
    if (isInitialized && this.#connection.sessionId !== undefined) {
      void this.#run(undefined, (signal) => this.#listen(signal))
    }
  }

  /** Reads the messages of a session that belong to no request. */
  async #listen(signal: AbortSignal): Promise<void> {
    const response = await this.#connection.get(undefined, signal)
    if (!isStream(response)) return response.body?.cancel()
    for await (const message of readStream(this.#connection, response, undefined, signal)) {
      this.onmessage?.(message)
    }
  }

  /** Opens another session in the place of one that has ended. */
  #reopen(): Promise<void> {
    this.#reopening ??= this.#openAgain().finally(() => {
      this.#reopening = undefined
    })
    return this.#reopening
  }

  async #openAgain(): Promise<void> {
    const { signal } = new AbortController()
    await this.#ask(this.#initialize as JSONRPCRequest, signal)
    await this.#exchange({ jsonrpc: '2.0', method: 'notifications/initialized' }, signal, true)
  }

  /** Sends a request of the transport itself. */
  async #ask(message: JSONRPCRequest, signal: AbortSignal): Promise<JSONRPCMessage[]> {
    const response = await this.#connection.post(message, signal)
    const replies: JSONRPCMessage[] = []
    for await (const reply of readReplies(this.#connection, response, message.id, signal)) replies.push(reply)
    return replies
  }
}
