import {
  RedisBus,
  RedisConnection,
  RedisEventStore,
  RedisSessionStore,
  RedisTaskStore,
} from '@portico-mcp/redis'
import type { SessionsOptions } from '@portico-mcp/sessions'

/** What nodes share. */
export interface Shared {
  bus: RedisBus
  sessions: SessionsOptions
  tasks: RedisTaskStore
  close(): Promise<void>
}

/** Shares sessions with every other node of a Redis. */
export function sharedOver(url: string): Shared {
  const redis = new RedisConnection({ url, onerror: (error) => console.error(error.message) })
  const bus = new RedisBus(redis)
  return {
    bus,
    sessions: { store: new RedisSessionStore(redis), eventStore: new RedisEventStore(redis), bus },
    tasks: new RedisTaskStore(redis),
    close: () => redis.close(),
  }
}
