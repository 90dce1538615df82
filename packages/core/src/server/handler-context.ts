import { Refusal } from '../http/errors.ts'
import { type KeepAlive, keepAlive } from '../http/keep-alive.ts'
import type { ResponseMode } from '../http/media-types.ts'
import { type RequestStateOptions, type RequestStates, requestStates } from '../input/request-state.ts'
import type { CacheableMethod, CacheHint } from '../protocol/cache-hints.ts'
import type { ServerEventBus } from '../protocol/events.ts'
import { SlotSet } from '../utils/slot-set.ts'
import type { Exchange } from './exchange.ts'
import type { McpExtension } from './extension.ts'
import { Extensions } from './extensions.ts'
import type { McpServerFactory } from './factory.ts'
import { Subscriptions } from './resource-subscriptions.ts'
import { type ToolCatalog, toolCatalog } from './tool-catalog.ts'

/** The state that the stages of one handler share. */
export interface HandlerContext {
  readonly factory: McpServerFactory
  readonly settings: Settings
  /** Whether `close()` was called: new requests are refused. */
  closed: boolean
  /** Whether requests in flight have been ended as well. */
  ended: boolean
  /** Exchanges that are not over. */
  readonly exchanges: SlotSet<Exchange>
  /** The resources that servers with a handler for `resources/subscribe` get. */
  readonly subscriptions: Subscriptions
  /** Servers that are being closed. */
  readonly closing: SlotSet<Promise<void>>
  readonly tools: ToolCatalog
  readonly extensions: Extensions
  readonly keepAlive: KeepAlive
  readonly states: RequestStates
  /** Passes an error to `onerror`. */
  report(error: unknown): void
}

/** The options of a handler that stages read, with their defaults. */
export interface Settings {
  responseMode: ResponseMode
  bus: ServerEventBus
  maxSubscriptions: number
  maxSubscriptionsPerCaller: number
  keepAliveMs: number
  maxRequestBodySize: number
  maxToolInputElements: number
  requestTimeoutMs: number
  strictAccept: boolean
  requestState: Required<RequestStateOptions>
  cacheHints: Partial<Record<CacheableMethod, CacheHint>>
  maskErrors: boolean
  onerror(error: Error): void
}

/** Creates the state that the stages of one handler share. */
export function createHandlerContext(
  factory: McpServerFactory,
  settings: Settings,
  extensions: readonly McpExtension[],
): HandlerContext {
  const report = (error: unknown): void => {
    // A client that disconnects is not a failure.
    if (!(error instanceof Refusal && error.reason === 'client-left')) settings.onerror(error as Error)
  }
  return {
    factory,
    settings,
    closed: false,
    ended: false,
    exchanges: new SlotSet(),
    subscriptions: new Subscriptions(),
    closing: new SlotSet(),
    tools: toolCatalog(settings, report),
    extensions: new Extensions(extensions),
    keepAlive: keepAlive(settings.keepAliveMs),
    states: requestStates(settings.requestState),
    report,
  }
}
