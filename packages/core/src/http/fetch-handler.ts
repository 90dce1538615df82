import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import type { RequestObserver } from './exchange-observer.ts'
import type { ResponseWriter } from './response-writer.ts'

/** Options of a request: facts that the caller of `fetch` has beside the request. */
export interface McpHandlerRequestOptions {
  /**
   * The verified identity; handed to the factory and to handlers as it is. Verified claims with a `sub`,
   * `userId` or `id`, as middleware of other packages leaves them in `req.auth`, become the `extra.claims` of
   * one. A value that does not identify a caller is refused (500, `unidentified-caller`).
   */
  authInfo?: AuthInfo | undefined
  /** The JSON body, where a framework has read it already. */
  parsedBody?: unknown | undefined
  /** The IP address of the socket that the request came in on, as adapters set it; never read from headers. */
  clientAddress?: string | undefined
  /** Creates the responses; set by adapters that write them without a web stream. @internal */
  responseWriter?: ResponseWriter | undefined
  /** Is called with the parts of the exchange. @internal */
  observer?: RequestObserver | undefined
  /**
   * Whether the platform sends a response while it is being created. If not, every answer is one JSON body, and clients
   * cannot listen for changes. @defaultValue true
   */
  streaming?: boolean | undefined
}

/**
 * The symbol under which an `IncomingMessage` carries {@link McpHandlerRequestOptions} through the app of a Node
 * framework to the adapter in it. The caller of the app sets it; it is never read from headers or the body.
 */
export const REQUEST_OPTIONS: unique symbol = Symbol.for('portico.request-options') as never

/** An object with the `fetch` of a handler, such as a wrapper of one. Adapters mount it. */
export interface FetchHandler {
  /** Answers one HTTP request. */
  fetch: (request: Request, options?: McpHandlerRequestOptions) => Response | Promise<Response>
}
