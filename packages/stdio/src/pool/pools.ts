import type { ConnectionPool } from './connection-pool.ts'

/** How many pools are kept at once. */
const MAX_POOLS = 256

const pools = new Map<string, ConnectionPool>()

/**
 * Returns the pool for some options, which is kept while it has connections. Functions in the options do not tell pools
 * apart, since those that are written in a factory differ in each call.
 *
 * @param caller - The function that takes the options.
 * @throws Error if there are too many pools.
 */
export function findPool(caller: string, options: object, create: () => ConnectionPool): ConnectionPool {
  const key = `${caller} ${JSON.stringify(options)}`
  const known = pools.get(key)
  if (known) return known
  if (pools.size >= MAX_POOLS) removeUnused()
  if (pools.size >= MAX_POOLS) {
    throw new Error(`${caller}: servers with ${MAX_POOLS} different options run already, which is the limit`)
  }
  const pool = create()
  pool.onempty = () => pools.delete(key)
  pools.set(key, pool)
  return pool
}

function removeUnused(): void {
  for (const [key, { workers, queue }] of pools) {
    if (workers.size === 0 && queue.size === 0) pools.delete(key)
  }
}
