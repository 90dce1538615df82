import type {
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  MessageExtraInfo,
  Result,
} from '@modelcontextprotocol/sdk/types.js'
import type { McpHandlerRequestOptions } from '../http/fetch-handler.ts'
import type { SendServerRequest } from '../input/client-requests.ts'
import type { ServerEventBus } from '../protocol/events.ts'
import type { ExtensionCall, ExtensionRequest } from '../server/extension.ts'
import type { McpRequestContext, McpServerLike } from '../server/factory.ts'
import type { Settings } from '../server/handler-context.ts'

/**
 * The functions of a handler that its {@link LegacyTransport} gets. They are bound, so they may be detached.
 *
 * @experimental
 */
export interface LegacyContext {
  /** The handler's options with their defaults. While `create` runs, `bus` is the one of the handler's options. */
  readonly settings: Settings
  /**
   * Calls the factory. The transport connects the server, closes it, and passes it to `cleanUp` then.
   *
   * @param context - The request for which the server is built; its `era` is `'legacy'`.
   * @returns The server of the factory, which has never served before.
   * @throws Refusal `not-a-server` or `server-reused` for any other result, and the error of the factory.
   */
  createServer(context: McpRequestContext): Promise<McpServerLike>
  /**
   * Calls the `cleanup` that the factory returned beside a server, if it did. Call it once for each server, after it
   * is closed. It never rejects: an error of `cleanup` is reported.
   *
   * @param sessionId - The session of the server, where it had one; `cleanup` gets it.
   */
  cleanUp(server: McpServerLike, sessionId?: string): Promise<void>
  /**
   * Drops a message that a server sends when no stream can take it to its client. A change is published on the bus
   * instead; of everything else, the first message of each server is reported.
   */
  drop(server: McpServerLike, message: JSONRPCRequest | JSONRPCNotification): void
  /**
   * Sends the `inputRequests` of an `input_required` result to a client that can answer requests.
   *
   * @param message - A message that the server sent.
   * @param extra - The object that the server got with the request. `once` recognises a call by it, so that each
   *   delivery of the request needs the same one.
   * @param ask - Sends one request to the client, and resolves with the client's result.
   * @returns True if the request is to be delivered again, with the same `extra`, instead of sending the message.
   * @throws The error of `ask`, and a `Refusal` if a call takes more than `requestState.maxRounds` rounds.
   */
  fulfill(message: JSONRPCMessage, extra: MessageExtraInfo, ask: SendServerRequest): Promise<boolean>
  /** The part of the handler's extensions for 2025-era traffic. */
  readonly extensions: {
    /** Adds their capabilities to the result of `initialize`. */
    addCapabilities(result: Result): Result
    /** Lets them change the tools in the result of `tools/list`. */
    describeTools(result: Result): Result
    /**
     * Runs a call through the extensions that run calls; undefined if there are none for it.
     *
     * @param server - The server of the call, and what it does.
     */
    runCall(message: JSONRPCRequest, caller: LegacyCaller, server: CallingServer): ExtendedCall | undefined
    /**
     * Answers a request for a method of an extension; undefined for any other method. It rejects with a `Refusal` for
     * an error without a JSON-RPC code, and resolves with undefined if the server has to answer.
     *
     * @param caller - The sender of the request. Pass `clientCapabilities` if the client has declared them in `initialize`.
     */
    answer(message: JSONRPCRequest, caller: LegacyCaller): Promise<JSONRPCResponse | undefined> | undefined
  }
  /** Passes an error to the handler's `onerror`. */
  report(error: unknown): void
}

/**
 * A server that a transport runs a call with.
 *
 * @experimental
 */
export interface CallingServer {
  readonly server: McpServerLike
  /** The object that the server gets with the request. */
  readonly extra: MessageExtraInfo
  /** Delivers the request to the server, and resolves with the server's response. */
  proceed(): Promise<JSONRPCResponse>
  /** Cancels the request in the server. */
  cancel(): void
  /** Requests a page of the server's tools. */
  listTools(params: object): Promise<JSONRPCResponse>
}

/**
 * A call that extensions run.
 *
 * @experimental
 */
export interface ExtendedCall {
  /** The answer for the client. It rejects with a `Refusal` for an error without a JSON-RPC code. */
  readonly answer: Promise<JSONRPCResponse>
  /** What the extensions have set: they take what the server sends for the call. */
  readonly hooks: Readonly<Pick<ExtensionCall, 'onnotification' | 'onrequest' | 'takesInput'>>
}

/**
 * The sender of a request for a method of an extension.
 *
 * @experimental
 */
export type LegacyCaller = Pick<ExtensionRequest, 'authInfo' | 'http'> &
  Partial<Pick<ExtensionRequest, 'clientCapabilities' | 'ask' | 'notify'>>

/**
 * Serves the 2025-era requests of one handler.
 *
 * @experimental
 */
export interface LegacyHandler {
  /** Methods that it serves besides POST. The handler answers 405 to any other. @defaultValue none */
  readonly methods?: readonly ('GET' | 'DELETE')[]
  /**
   * Answers a request. The handler has read the body of a POST, and passes it as `parsedBody`.
   *
   * @returns The response. If it rejects, the handler answers with the `Refusal`, or else with an internal error
   *   (-32603), and reports it.
   */
  fetch(request: Request, options: McpHandlerRequestOptions): Promise<Response>
  /**
   * The bus that the handler publishes changes on and listens to, in place of its own. It has to pass on what is
   * published on the handler's own bus. @defaultValue the handler's own
   */
  readonly bus?: ServerEventBus
  /**
   * Called when the handler is closed with a `drainTimeoutMs`. It ends streams that wait for changes, and resolves
   * once every request in flight has been answered.
   *
   * @param signal - Aborted when the time is over: then it resolves at once.
   */
  drain?(signal: AbortSignal): Promise<void>
  /** Called when the handler is closed: ends requests in flight, streams and servers. */
  close?(): Promise<void>
}

/**
 * A way to serve 2025-era traffic: a value of the `legacy` option of `createMcpHandler`. `sessions()` of
 * `@portico-mcp/sessions` is one.
 *
 * The handler reads the body, decides which requests are 2025-era traffic, and turns what `fetch` rejects with into
 * a response. Everything else is up to the transport.
 *
 * @experimental The interface may change in a minor version until a second package implements it.
 *
 * @example
 * ```ts
 * import { createMcpHandler, type LegacyTransport, McpServer } from '@portico-mcp/core'
 *
 * // Tells 2025-era clients to upgrade.
 * const upgrade: LegacyTransport = {
 *   create: (context) => ({
 *     fetch: async (request) => {
 *       context.report(new Error(`A 2025-era client called ${request.url}`))
 *       return new Response('Upgrade your client to protocol 2026-07-28', { status: 426 })
 *     },
 *   }),
 * }
 *
 * export const handler = createMcpHandler(() => new McpServer({ name: 'new', version: '1.0.0' }), { legacy: upgrade })
 * ```
 */
export interface LegacyTransport {
  /**
   * Called once, when the handler is created.
   *
   * @param context - The handler's own means.
   */
  create(context: LegacyContext): LegacyHandler
}
