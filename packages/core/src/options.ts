import type { ResponseMode } from './http/media-types.ts'
import type { RequestStateOptions } from './input/request-state.ts'
import type { LegacyTransport } from './legacy/extension-point.ts'
import type { CacheableMethod, CacheHint } from './protocol/cache-hints.ts'
import type { ServerEventBus } from './protocol/events.ts'
import type { McpExtension } from './server/extension.ts'

/** Options of `createMcpHandler`. */
export interface CreateMcpHandlerOptions {
  /**
   * How 2025-era traffic is served: by a fresh server for each request, not at all, or by a value such as
   * `sessions()`. @defaultValue 'stateless'
   */
  legacy?: 'stateless' | 'reject' | LegacyTransport | undefined
  /** Extensions of the protocol, which add methods and change the answers of calls. @defaultValue none */
  extensions?: readonly McpExtension[] | undefined
  /** How replies are sent, in both eras; `subscriptions/listen` always streams. @defaultValue 'auto' */
  responseMode?: ResponseMode | undefined
  /** Carries change events. @defaultValue an {@link InMemoryServerEventBus} */
  bus?: ServerEventBus | undefined
  /** Largest number of open `subscriptions/listen` streams; one more is refused (-32603). @defaultValue 1024 */
  maxSubscriptions?: number | undefined
  /**
   * Largest number of these streams of one caller; one more is refused (-32603). A caller is a verified user, with any
   * client, otherwise the client's address (an IPv6 address by its /64; a /48 may have twice as many). Callers without
   * either are not counted. Behind a proxy, let `withGuard` read the address (`trustProxy`).
   * @defaultValue a quarter of `maxSubscriptions`, at least 16
   */
  maxSubscriptionsPerCaller?: number | undefined
  /** Milliseconds between the comments that keep a stream open; 0 for none. @defaultValue 15000 */
  keepAliveMs?: number | undefined
  /** Largest request body in bytes, also if a framework has parsed it; a larger one gets 413. @defaultValue 4194304 */
  maxRequestBodySize?: number | undefined
  /**
   * Largest number of array elements and object members in the arguments of one call, or of all calls of a batch; a
   * call with more is refused (-32602) before it is validated. `Infinity` for any number. The rest of a message may have
   * as many, and at least 10,000.
   * @defaultValue 10000
   */
  maxToolInputElements?: number | undefined
  /** Milliseconds that the answer to a request may take, then 504; 0 for no limit. @defaultValue 0 */
  requestTimeoutMs?: number | undefined
  /** Refuses (406) a POST whose `Accept` does not name both JSON and SSE. @defaultValue false */
  strictAccept?: boolean | undefined
  /** How the state that a call carries from one round to the next is encrypted (2026-07-28). */
  requestState?: RequestStateOptions | undefined
  /** Cache hints for each method; `ttlMs` and `cacheScope` of a result itself come first. */
  cacheHints?: Partial<Record<CacheableMethod, CacheHint>> | undefined
  /**
   * Whether clients get `Internal error` in place of an unexpected error: one of a low-level handler, or of a resource
   * or prompt callback, that is not an `McpError`. Errors of tools are results, and are never masked; errors of the
   * factory and of Portico always are. @defaultValue false
   */
  maskErrors?: boolean | undefined
  /**
   * Is called with refusals (a `Refusal`) and internal errors, unmasked. An error that it throws or rejects with is
   * ignored.
   * @defaultValue prints failures with `console.error`, but not the mistakes of clients
   */
  onerror?: ((error: Error) => void) | undefined
}
