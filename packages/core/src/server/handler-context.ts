import type { KeepAlive } from '../http/keep-alive.ts'
import type { RequestStates } from '../input/request-state.ts'
import type { McpServerFactory, Settings } from '../options.ts'
import type { SlotSet } from '../utils/slot-set.ts'
import type { Exchange } from './exchange.ts'
import type { Subscriptions } from './resource-subscriptions.ts'
import type { ToolCatalog } from './tool-catalog.ts'

/** What the stages of one handler share. */
export interface Host {
  readonly factory: McpServerFactory
  readonly settings: Settings
  /** Whether `close()` was called: there is nothing new. */
  closed: boolean
  /** Whether what is in flight is ended, too. */
  ended: boolean
  /** Exchanges that are not over. */
  readonly exchanges: SlotSet<Exchange>
  /** What servers with a handler for `resources/subscribe` are told of. */
  readonly subscriptions: Subscriptions
  /** Servers that are being closed. */
  readonly closing: SlotSet<Promise<void>>
  readonly tools: ToolCatalog
  readonly keepAlive: KeepAlive
  readonly states: RequestStates
  /** Passes an error to `onerror`. */
  report(error: unknown): void
}
