import { optionRules, type Rules, reporter } from '@portico-mcp/core/internal'
import type { RedisBackend } from './backend.ts'
import { RawBackend, type RawClient } from './raw-backend.ts'

/** Options of `fromBun` and `fromUpstash`. */
export interface RedisBackendOptions {
  /**
   * The prefix of all keys and channels: letters, digits and `-_.:`. Use another one for each service.
   * @defaultValue `portico`
   */
  prefix?: string | undefined
  /** Milliseconds for each command. After that, a call rejects. @defaultValue 2000, and 5000 for `fromUpstash` */
  timeoutMs?: number | undefined
  /**
   * Called when a subscription is lost or cannot be opened (once for each outage), when a change could not be sent to
   * other nodes, and with errors of listeners. What it throws is ignored.
   */
  onerror?: ((error: Error) => void) | undefined
}

export const BACKEND_RULES: Rules<keyof RedisBackendOptions> = {
  prefix: optionRules.keyPrefix,
  timeoutMs: optionRules.timerMs(1),
  onerror: optionRules.callback,
}

/** Creates what the stores take, from a client. */
export function createBackend(
  client: RawClient,
  { prefix = 'portico', onerror }: RedisBackendOptions,
  timeoutMs: number,
): RedisBackend {
  return new RawBackend(client, { prefix, timeoutMs, report: reporter(onerror) })
}
