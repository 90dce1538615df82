import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { Responses } from './http/response-writer.ts'
import type { RequestStateOptions } from './input/request-state.ts'
import type { LegacyServing } from './legacy/serve.ts'
import type { ServerEventBus } from './protocol/events.ts'

/** What a factory is told about the request that it builds a server for. */
export interface McpRequestContext {
  /** `modern` for 2026-07-28, `legacy` for 2025-era traffic. */
  era: 'legacy' | 'modern'
  /** The verified identity that the caller of `fetch` passed; never read from headers. */
  authInfo?: AuthInfo | undefined
  /** The HTTP request; its body has been read. */
  requestInfo?: Request | undefined
}

/**
 * A server that can be connected and closed: `McpServer` or `Server` of the 1.x SDK or of
 * `@modelcontextprotocol/server` 2.x, or Portico's `McpServer`.
 */
export interface McpServerLike {
  /** Attaches the server to a transport. */
  connect(transport: Transport): Promise<void>
  /** Closes the server and its transport. */
  close(): Promise<void>
}

/** A server, and how what it holds besides is let go. */
export interface ServerWithCleanup {
  server: McpServerLike
  /**
   * Called once when the request, or the session, of the server has ended and the server is closed. What it
   * throws is reported.
   *
   * @param sessionId - What handlers of a session find in `extra.sessionId`; undefined without a session.
   */
  cleanup(sessionId?: string): unknown
}

/** What a factory returns. */
export type BuiltServer = McpServerLike | ServerWithCleanup

/** Builds a fresh server for one HTTP request, or for one session. */
export type McpServerFactory = (context: McpRequestContext) => BuiltServer | Promise<BuiltServer>

/** What the caller of `fetch` knows beyond the request. */
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
  /** How responses are made; for adapters that write them without a web stream. */
  responses?: Responses | undefined
  /**
   * Whether the answer is sent while it is being made. Where it is not, it is one JSON body, and nobody can
   * listen for changes. @defaultValue true
   */
  streaming?: boolean | undefined
}

/**
 * Where an `IncomingMessage` carries {@link McpHandlerRequestOptions} through an app of a Node framework to
 * the adapter in it; set by what calls the app, never read from the request itself.
 */
export const REQUEST_OPTIONS: unique symbol = Symbol.for('portico.request-options') as never

/** Anything with the fetch shape of a handler: what stands in front of one, and what adapters mount. */
export interface FetchHandler {
  /** Answers one HTTP request. */
  fetch: (request: Request, options?: McpHandlerRequestOptions) => Response | Promise<Response>
}

/**
 * How replies are sent: `auto` as one JSON body unless a notification comes first, `sse` always as a
 * stream, `json` never (notifications before the result are dropped).
 */
export type ResponseMode = 'auto' | 'json' | 'sse'

/** Methods whose results a client may cache (2026-07-28 caching). */
export type CacheableMethod =
  | 'server/discover'
  | 'tools/list'
  | 'prompts/list'
  | 'resources/list'
  | 'resources/templates/list'
  | 'resources/read'

/** How long, and by whom, a result may be cached. */
export interface CacheHint {
  /** Milliseconds; a non-negative integer. @defaultValue 0 */
  ttlMs?: number | undefined
  /** `public` may be shared between users, even on an authenticated endpoint. @defaultValue 'private' */
  cacheScope?: 'public' | 'private' | undefined
}

/** Options of `createMcpHandler`. */
export interface CreateMcpHandlerOptions {
  /**
   * How 2025-era traffic is served: one fresh server a request, not at all, or by a value such as
   * sessions. @defaultValue 'stateless'
   */
  legacy?: 'stateless' | 'reject' | LegacyServing | undefined
  /** How replies are sent, in both eras; `subscriptions/listen` always streams. @defaultValue 'auto' */
  responseMode?: ResponseMode | undefined
  /** Carries change events. @defaultValue an {@link InMemoryServerEventBus} */
  bus?: ServerEventBus | undefined
  /** How many `subscriptions/listen` streams may be open; one more is refused (-32603). @defaultValue 1024 */
  maxSubscriptions?: number | undefined
  /**
   * How many of them one caller may have open: a verified user, whatever client it uses, else the client's address
   * (an IPv6 one by its /64, and a /48 twice as many); one more is refused (-32603). Callers of whom neither is known are not told apart, and not
   * counted. Behind a proxy, let `withGuard` read the address (`trustProxy`).
   * @defaultValue a quarter of `maxSubscriptions`, at least 16
   */
  maxSubscriptionsPerCaller?: number | undefined
  /** Milliseconds between the comments that keep a stream open; 0 for none. @defaultValue 15000 */
  keepAliveMs?: number | undefined
  /** Bytes of a request body, also of one that a framework parsed; a larger one gets 413. @defaultValue 4194304 */
  maxRequestBodySize?: number | undefined
  /**
   * How many array elements and object members the arguments of one call, or of all calls of a batch, may have; a
   * call with more is refused (-32602) before it is validated. `Infinity` for any number. What a message holds beside
   * its arguments may have as many, and at least 10,000.
   * @defaultValue 10000
   */
  maxToolInputElements?: number | undefined
  /** Milliseconds for a request to be answered once it has arrived; then 504. @defaultValue 0, none */
  requestTimeoutMs?: number | undefined
  /** Refuses (406) a POST whose `Accept` does not name both JSON and SSE. @defaultValue false */
  strictAccept?: boolean | undefined
  /** How what a call carries from one round to the next is sealed (2026-07-28). */
  requestState?: RequestStateOptions | undefined
  /** Cache hints a method; a result's own `ttlMs` and `cacheScope` come first. */
  cacheHints?: Partial<Record<CacheableMethod, CacheHint>> | undefined
  /**
   * Whether clients get `Internal error` instead of what a handler threw by accident: an error of a low-level
   * handler, or of a resource or prompt callback, that is no `McpError`. Errors of tools are results, and are
   * never masked; those of the factory and of Portico always are. @defaultValue false
   */
  maskErrors?: boolean | undefined
  /**
   * Hears of refusals and of internal errors, whole; what it throws or rejects with is ignored. A refusal of what
   * a client got wrong is a `Refusal`.
   * @defaultValue prints failures with `console.error`, and no refusals of what a client got wrong
   */
  onerror?: ((error: Error) => void) | undefined
}

/** The options with their defaults. */
export type Settings = Required<CreateMcpHandlerOptions> & { requestState: Required<RequestStateOptions> }

export const isTtl = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0

export const isCacheScope = (value: unknown): value is 'public' | 'private' =>
  value === 'public' || value === 'private'
