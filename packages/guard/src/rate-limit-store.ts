/** A token bucket: it starts full, and every request takes one token. */
export interface Bucket {
  /** Tokens that it holds when it is full. */
  capacity: number
  /** Tokens that come back a second, up to the capacity. */
  refillPerSecond: number
}

/** What came of taking a token. */
export interface TokenTaken {
  /** Whether there was one. */
  allowed: boolean
  /** Milliseconds until there is one again; 0 where there was. */
  retryAfterMs: number
}

/** Where buckets are kept. Share one between machines to limit a client on all of them together. */
export interface RateLimitStore {
  /**
   * Takes a token out of a bucket, in one step: two requests at once never take the same one. A key that is
   * not known has a full bucket. What it throws refuses the request (503), unless `failOpen`.
   */
  take(key: string, bucket: Bucket): TokenTaken | Promise<TokenTaken>
}

/** Options of {@link InMemoryRateLimitStore}. */
export interface InMemoryRateLimitStoreOptions {
  /** Buckets that are kept; beyond, the one that was used longest ago is full again. @defaultValue 10000 */
  maxKeys?: number
}

interface Level {
  tokens: number
  /** Milliseconds of the clock when it held them. */
  at: number
}

/** Buckets of this process, bounded, and without a timer. */
export class InMemoryRateLimitStore implements RateLimitStore {
  // in the order of use
  readonly #levels = new Map<string, Level>()
  readonly #maxKeys: number

  /** @throws RangeError for `maxKeys` that is no positive integer. */
  constructor({ maxKeys = 10_000 }: InMemoryRateLimitStoreOptions = {}) {
    if (!Number.isSafeInteger(maxKeys) || maxKeys < 1)
      throw new RangeError('InMemoryRateLimitStore: maxKeys must be an integer greater than 0')
    this.#maxKeys = maxKeys
  }

  /** How many buckets are kept. */
  get size(): number {
    return this.#levels.size
  }

  /** Takes a token; see {@link RateLimitStore.take}. */
  take(key: string, { capacity, refillPerSecond }: Bucket): TokenTaken {
    const now = Date.now()
    const { tokens, at } = this.#levels.get(key) ?? { tokens: capacity, at: now }
    // a clock that is set back refills nothing
    const refilled = (Math.max(0, now - at) * refillPerSecond) / 1000
    const held = Math.min(capacity, tokens + refilled)
    // whoever waited as long as told may miss a token by a rounding
    const allowed = held >= 1 - 1e-9
    this.#keep(key, { tokens: allowed ? Math.max(0, held - 1) : held, at: now })
    return { allowed, retryAfterMs: allowed ? 0 : Math.ceil(((1 - held) * 1000) / refillPerSecond) }
  }

  #keep(key: string, level: Level): void {
    this.#levels.delete(key)
    this.#levels.set(key, level)
    if (this.#levels.size <= this.#maxKeys) return
    const [oldest] = this.#levels.keys()
    this.#levels.delete(oldest as string)
  }
}
