import type { Bag } from './bag.ts'
import type { Exchange } from './exchange.ts'
import type { KeepAlive } from './keep-alive.ts'
import type { McpServerFactory, Settings } from './options.ts'
import type { RequestStates } from './request-state.ts'
import type { Subscriptions } from './subscribe.ts'
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
  readonly exchanges: Bag<Exchange>
  /** What servers with a handler for `resources/subscribe` are told of. */
  readonly subscriptions: Subscriptions
  /** Servers that are being closed. */
  readonly closing: Bag<Promise<void>>
  readonly tools: ToolCatalog
  readonly keepAlive: KeepAlive
  readonly states: RequestStates
  /** Passes an error to `onerror`. */
  report(error: unknown): void
}
