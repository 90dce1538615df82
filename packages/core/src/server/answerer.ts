import type {
  ClientCapabilities,
  Implementation,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  Result,
  ServerCapabilities,
} from '@modelcontextprotocol/sdk/types.js'
import type { Refusal } from '../http/errors.ts'
import type { ResponseMode } from '../http/media-types.ts'
import type { ParamHeader } from '../protocol/param-headers.ts'
import type { MaybePromise } from '../utils/type-guards.ts'
import type { Exchange } from './exchange.ts'

/** What a server says of itself. */
export interface Introduction {
  capabilities: ServerCapabilities
  serverInfo: Implementation
  instructions?: string | undefined
}

/** What a client says of itself. A 2025-era client without a session names its revision alone. */
export interface Client {
  protocolVersion: string
  clientCapabilities?: ClientCapabilities
  clientInfo?: Implementation | undefined
}

/**
 * Answers the messages of one HTTP request with a server that the factory has built. It is the only seam between the
 * protocol and servers: `createAnswerer` chooses once which kind answers.
 */
export interface Answerer {
  /**
   * Introduces client and server to each other with `initialize`.
   *
   * @throws Refusal `invalid-envelope` if the client says something of itself that cannot be parsed.
   */
  introduce(client: Client): MaybePromise<Introduction>
  /**
   * Delivers `notifications/initialized`, and waits until the server has done what it does then: what it asks its
   * client is answered before its first request, or ends the call.
   */
  initialized(): MaybePromise<void>
  /** The arguments of a tool that a client mirrors into headers (2026-07-28 Streamable HTTP). */
  paramHeaders(tool: string): MaybePromise<readonly ParamHeader[]>
  /** Completes the result of `server/discover` with what the server itself knows. */
  discover(result: Result, request: JSONRPCRequest): MaybePromise<Result>
  /** Whether the server itself has set a handler for a method, as for `resources/subscribe`. */
  handles(method: string): boolean
  /** Asks the server something that its client did not ask. */
  call(method: string, params: object): Promise<JSONRPCResponse>
  /**
   * Hands the server a request of its client.
   *
   * @returns The reply, where it is there before anything else has to be sent; else the exchange with all replies.
   */
  send(request: JSONRPCRequest, mode: ResponseMode): MaybePromise<JSONRPCResponse | Exchange>
  /** Hands the server the requests and notifications of a batch. */
  sendAll(messages: readonly (JSONRPCRequest | JSONRPCNotification)[]): Exchange
  /** Hands the server a notification of its client. */
  notify(notification: JSONRPCNotification): void
  /** Answers a request in place of the server, as `send` does. */
  answer(response: JSONRPCResponse, mode: ResponseMode): JSONRPCResponse | Exchange
  /** The exchange, which is opened by this where it is not. */
  readonly exchange: Exchange
  /** Whether the client has its answer, or will get none. */
  readonly isOver: boolean
  /** Whether the server speaks 2026-07-28 itself, and says for each result how long it may be cached. */
  readonly speaksModern: boolean
  /**
   * Whether it turned out that the server has no handler for a method that it was sent.
   *
   * @param isCall - Whether a handler may say the same of a tool or a prompt that it does not have.
   */
  lacksMethod(isCall: boolean): boolean
  /** Ends the exchange, and closes the server. */
  end(reason?: Refusal): void
}
