import { optionRules, validateOptions } from '@portico-mcp/core/internal'
import type { RedisBackend } from './backend.ts'
import { BACKEND_RULES, createBackend, type RedisBackendOptions } from './backend-options.ts'
import { BunClient, type BunRedisClient } from './bun-client.ts'

const CLIENT = optionRules.objectWith('send', 'duplicate', 'connect')

/**
 * Connects the stores and the bus to Redis by the client that Bun has built in. Subscriptions get a second connection, a
 * duplicate of the client. `close()` closes that one, and leaves the client open.
 *
 * @param client - A `RedisClient` of Bun. Set `enableOfflineQueue: false`, so that commands are not queued while there is
 *   no connection.
 * @throws TypeError for an unknown option, and for a client that is not one.
 * @throws RangeError if a number is out of range.
 *
 * @example
 * ```js
 * import { fromBun, RedisSessionStore } from '@portico-mcp/redis'
 * import { RedisClient } from 'bun'
 *
 * const client = new RedisClient(process.env.REDIS_URL, { enableOfflineQueue: false })
 * export const store = new RedisSessionStore(fromBun(client))
 * ```
 */
export function fromBun(client: BunRedisClient, options: RedisBackendOptions = {}): RedisBackend {
  if (!CLIENT.isAllowed(client)) throw new TypeError('fromBun: client must be a RedisClient of Bun')
  validateOptions('fromBun', options, BACKEND_RULES)
  return createBackend(new BunClient(client), options, options.timeoutMs ?? 2000)
}
