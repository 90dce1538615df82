import type { CreateMcpHandlerOptions } from '@portico-mcp/core'
import { fromBun, RedisBus, RedisEventStore, RedisSessionStore } from '@portico-mcp/redis'
import { sessions } from '@portico-mcp/sessions'
import { RedisClient } from 'bun'

/** What processes share by one Redis. */
interface Shared {
  options: CreateMcpHandlerOptions
  close(): Promise<void>
}

/** Keeps sessions and events in Redis, and carries changes, by the client that Bun has built in. */
export function shareByRedis(url: string): Shared {
  const client = new RedisClient(url, { enableOfflineQueue: false })
  const redis = fromBun(client, { onerror: console.error })
  const bus = new RedisBus(redis)
  const store = new RedisSessionStore(redis)
  return {
    options: { bus, legacy: sessions({ store, eventStore: new RedisEventStore(redis), bus }) },
    async close() {
      await redis.close()
      client.close()
    },
  }
}
