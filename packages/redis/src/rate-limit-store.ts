import type { Bucket, RateLimitResult, RateLimitStore } from '@portico-mcp/guard'
import type { RedisBackend } from './backend.ts'
import { digest } from './digest.ts'

// A client that waited for `retryAfterMs` may lack a fraction of a token because of rounding, hence 1e-9. If the clock
// was
// set back, nothing is refilled.
const TAKE = `
local capacity, refillPerSecond = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local level = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local held = capacity
if level[1] then
  held = math.min(capacity, level[1] + math.max(0, now - level[2]) * refillPerSecond / 1000)
end
local allowed = held >= 1 - 1e-9
if allowed then held = math.max(0, held - 1) end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.17g', held), 'at', string.format('%.17g', now))
local full = math.ceil((capacity - held) * 1000 / refillPerSecond) + 1
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.min(full, 3e12)))
if allowed then return {1, 0} end
return {0, math.min(math.ceil((1 - held) * 1000 / refillPerSecond), 3e12)}`

/**
 * Stores token buckets in Redis, so that clients are limited on all nodes together. Each bucket is a hash
 * (`<prefix>:rate:<digest of the key>`) that Redis removes once it is full again. Times come from the clock of Redis.
 *
 * `take` rejects with a `RedisError` if Redis cannot be reached. Then requests get 503, unless `failOpen` is set.
 */
export class RedisRateLimitStore implements RateLimitStore {
  readonly #redis: RedisBackend

  /** @param redis - The connection, shared with the other stores and the bus. */
  constructor(redis: RedisBackend) {
    this.#redis = redis
  }

  async take(key: string, { capacity, refillPerSecond }: Bucket): Promise<RateLimitResult> {
    const bucket = `${this.#redis.prefix}:rate:${digest(key)}`
    const reply = await this.#redis.evaluate(TAKE, [bucket], [capacity, refillPerSecond])
    const [allowed, retryAfterMs] = reply as [number, number]
    return { allowed: allowed === 1, retryAfterMs }
  }
}
