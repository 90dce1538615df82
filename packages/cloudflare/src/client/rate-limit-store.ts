import type { Bucket, RateLimitResult, RateLimitStore } from '@portico-mcp/guard'
import { digest } from './names.ts'
import type { Objects } from './objects.ts'

/** The number of rejected clients that an isolate remembers. */
const MAX_REJECTED = 1000

/**
 * Stores token buckets in Durable Objects, one for each key, so that clients are limited on all isolates together. An
 * isolate answers a client that has to wait by itself, so a client that does not wait does not reach its object.
 *
 * `take` rejects with a `CloudflareError` if the object cannot be reached. Then requests get 503, unless `failOpen` is set.
 */
export class DurableRateLimitStore implements RateLimitStore {
  readonly #objects: Objects
  /** When buckets that were empty have a token again, the oldest answer first. */
  readonly #rejectedUntil = new Map<string, number>()

  constructor(objects: Objects) {
    this.#objects = objects
  }

  async take(key: string, { capacity, refillPerSecond }: Bucket): Promise<RateLimitResult> {
    const object = `rate:${digest(key)}`
    const bucket = `${object}:${capacity}:${refillPerSecond}`
    const waitMs = (this.#rejectedUntil.get(bucket) ?? 0) - Date.now()
    if (waitMs > 0) return { allowed: false, retryAfterMs: waitMs }
    const result = await this.#objects.call(object, 'takeToken', { capacity, refillPerSecond })
    if (!result.allowed) this.#remember(bucket, Date.now() + result.retryAfterMs)
    return result
  }

  #remember(bucket: string, until: number): void {
    this.#rejectedUntil.delete(bucket)
    this.#rejectedUntil.set(bucket, until)
    if (this.#rejectedUntil.size <= MAX_REJECTED) return
    this.#rejectedUntil.delete(this.#rejectedUntil.keys().next().value as string)
  }
}
