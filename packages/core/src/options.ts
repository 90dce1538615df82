import type { ResponseMode } from './http/media-types.ts'
import type { RequestStateOptions } from './input/request-state.ts'
import type { LegacyTransport } from './legacy/extension-point.ts'
import type { CacheableMethod, CacheHint } from './protocol/cache-hints.ts'
import type { ServerEventBus } from './protocol/events.ts'
import type { McpExtension } from './server/extension.ts'

/** Options of `createMcpHandler`. */
export interface CreateMcpHandlerOptions {
  /**
   * How 2025-era traffic is served: one fresh server a request, not at all, or by a value such as
   * sessions. @defaultValue 'stateless'
   */
  legacy?: 'stateless' | 'reject' | LegacyTransport | undefined
  /** Extensions of the protocol, by which clients get more methods and other answers. @defaultValue none */
  extensions?: readonly McpExtension[] | undefined
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
