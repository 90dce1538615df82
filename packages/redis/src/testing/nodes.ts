import { afterEach, vi } from 'vitest'
import { RedisConnection, type RedisConnectionOptions } from '../index.ts'
import { RedisServer } from './redis-server.ts'

const opened: { close(): Promise<void> }[] = []

/** A server that goes with the test. */
export async function startRedis(options?: Parameters<typeof RedisServer.start>[0]): Promise<RedisServer> {
  const server = await RedisServer.start(options)
  opened.push({ close: () => server.stop() })
  return server
}

/** A connection that goes with the test. */
export function connect(options: RedisConnectionOptions): RedisConnection {
  const redis = new RedisConnection(options)
  opened.push(redis)
  return redis
}

/** Closes what this file opened, the last first. */
export const closeAfterEach = (): void =>
  void afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close()
  })

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  const value = await promise.catch((error: Error) => ({ error }))
  if (typeof value === 'object' && value !== null && 'error' in value) return value.error as Error
  throw new Error(`expected a rejection, got ${JSON.stringify(value)}`)
}

/** Looks again until it is so. */
export const until = (look: () => unknown): Promise<unknown> => vi.waitUntil(look, { timeout: 15_000 })
