import type {
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  MessageExtraInfo,
  Result,
} from '@modelcontextprotocol/sdk/types.js'
import type { McpHandlerRequestOptions } from '../http/fetch-handler.ts'
import type { Asker } from '../input/client-requests.ts'
import type { ServerEventBus } from '../protocol/events.ts'
import type { ExtensionRequest } from '../server/extension.ts'
import type { McpRequestContext, McpServerLike } from '../server/factory.ts'
import type { Settings } from '../server/handler-context.ts'

/** What a handler lends to whatever serves its 2025-era traffic. */
export interface LegacyContext {
  /** The handler's options with their defaults. */
  readonly settings: Settings
  /** Has the factory build a server; throws a `Refusal` if it has served before. */
  createServer(context: McpRequestContext): Promise<McpServerLike>
  /** Calls the `cleanup` that the factory returned beside a server, if it did; what it throws is reported. */
  cleanUp(server: McpServerLike, sessionId?: string): Promise<void>
  /** Drops what a server sends when no stream could take it to its client; the first of all that is, is reported. */
  drop(server: McpServerLike, message: JSONRPCRequest | JSONRPCNotification): void
  /**
   * Has a client that can answer requests asked for what a returned `input_required` wants.
   *
   * @param message - What the server sent.
   * @param extra - What the server was told with the request; made by `extraOf`, by which `once` recognises a call.
   * @param ask - Puts one question to the client, and resolves with its result.
   * @returns Whether the request is to be delivered again, with the same `extra`, and the message not sent.
   *   Rejects with what `ask` does, and with a `Refusal` where a call takes too many rounds.
   */
  fulfill(message: JSONRPCMessage, extra: MessageExtraInfo, ask: Asker): Promise<boolean>
  /** What the extensions of the handler add. */
  readonly extensions: {
    /** Adds their capabilities to the answer to `initialize`. */
    introduce(result: Result): Result
    /** Answers a request for a method of an extension; undefined for any other method. */
    answer(
      message: JSONRPCRequest,
      caller: Pick<ExtensionRequest, 'authInfo' | 'http'>,
    ): Promise<JSONRPCResponse> | undefined
  }
  /** Passes an error to `onerror`. */
  report(error: unknown): void
}

/** Serves the 2025-era requests of one handler. */
export interface LegacyHandler {
  /** Methods that it serves besides POST; any other gets 405. */
  readonly methods?: readonly ('GET' | 'DELETE')[]
  /** Answers a request; the body of a POST has been read, and comes as `parsedBody`. May throw a `Refusal`. */
  fetch(request: Request, options: McpHandlerRequestOptions): Promise<Response>
  /** What the handler publishes through and listens to from then on, in place of its own bus. */
  readonly bus?: ServerEventBus
  /**
   * Ends what waits for no answer, and resolves once everything in flight has been answered, or the signal
   * says that it is enough.
   */
  drain?(enough: AbortSignal): Promise<void>
  /** Ends everything that is open. */
  close?(): Promise<void>
}

/** A value of the `legacy` option: a way to serve 2025-era traffic. */
export interface LegacyTransport {
  /** Called once, when the handler is created. */
  create(context: LegacyContext): LegacyHandler
}
