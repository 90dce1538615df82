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
import type { ToolTaskSupport } from './extension.ts'

/** The description of a server in its answer to `initialize`. */
export interface Introduction {
  capabilities: ServerCapabilities
  serverInfo: Implementation
  instructions?: string | undefined
}

/** The description of a client. Of a 2025-era client without a session, only the revision is known. */
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
   * @throws Refusal `invalid-envelope` if the description of the client is malformed.
   */
  introduce(client: Client): MaybePromise<Introduction>
  /**
   * Delivers `notifications/initialized`, and waits until the server has handled it. A request that the server sends to
   * its client meanwhile is answered before the first request of the client, or ends the call.
   */
  initialized(): MaybePromise<void>
  /** Returns the arguments of a tool that a client mirrors into headers (2026-07-28 Streamable HTTP). */
  paramHeaders(tool: string): MaybePromise<readonly ParamHeader[]>
  /** Reads whether a tool can be run as a task (2025-11-25 tasks). */
  readTaskSupport(tool: string): MaybePromise<ToolTaskSupport>
  /** Completes the result of `server/discover` with the members that the server itself has set. */
  discover(result: Result, request: JSONRPCRequest): MaybePromise<Result>
  /** Whether the server itself has set a handler for a method, as for `resources/subscribe`. */
  handles(method: string): boolean
  /** Sends the server a request that its client did not send. */
  call(method: string, params: object): Promise<JSONRPCResponse>
  /**
   * Hands the server a request of its client.
   *
   * @returns The reply, if no other message has to be sent before it; otherwise the exchange with all replies.
   */
  send(request: JSONRPCRequest, mode: ResponseMode): MaybePromise<JSONRPCResponse | Exchange>
  /** Hands the server the requests and notifications of a batch. */
  sendAll(messages: readonly (JSONRPCRequest | JSONRPCNotification)[]): Exchange
  /** Hands the server a notification of its client. */
  notify(notification: JSONRPCNotification): void
  /** Answers a request in place of the server, as `send` does. */
  answer(response: JSONRPCResponse, mode: ResponseMode): JSONRPCResponse | Exchange
  /** The exchange. Reading it opens it if it is not open. */
  readonly exchange: Exchange
  /** Whether the client has its answer, or will get none. */
  readonly isOver: boolean
  /** Whether the server speaks 2026-07-28 itself, and sets the cache hint of each result. */
  readonly speaksModern: boolean
  /**
   * Returns whether the server has answered that it has no handler for the method.
   *
   * @param namesTarget - Whether the method names a tool, a prompt or the like: its handler may give the same answer for a
   *   name that it does not know.
   */
  lacksMethod(namesTarget: boolean): boolean
  /** Ends the exchange, and closes the server. */
  end(reason?: Refusal): void
}
