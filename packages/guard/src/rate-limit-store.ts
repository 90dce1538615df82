import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'

/** A token bucket. It starts full, and each request takes one token. */
export interface Bucket {
  /** The number of tokens in a full bucket. */
  capacity: number
  /** The number of tokens that are added each second, up to the capacity. */
  refillPerSecond: number
}

/** The result of taking a token. */
export interface RateLimitResult {
  /** Whether the bucket had a token. */
  allowed: boolean
  /** Milliseconds until the bucket has a token again, or 0 if it had one. */
  retryAfterMs: number
}

/** Stores token buckets. Share a store between machines to limit clients on all of them together. */
export interface RateLimitStore {
  /**
   * Takes a token atomically: two concurrent requests never take the same one. An unknown key has a full bucket. If it
   * throws, the request is rejected (503), unless `failOpen` is set.
   */
  take(key: string, bucket: Bucket): RateLimitResult | Promise<RateLimitResult>
}

/** Options of {@link InMemoryRateLimitStore}. */
export interface InMemoryRateLimitStoreOptions {
  /**
   * The number of buckets that are stored. Beyond it, the fullest of the least recently used ones is removed, so that many
   * new clients cannot reset the bucket of a client that was rejected. @defaultValue 10000
   */
  maxKeys?: number | undefined
}

const RULES: Rules<keyof InMemoryRateLimitStoreOptions> = { maxKeys: optionRules.integerFrom(1) }

interface Level extends Bucket {
  tokens: number
  /** When the bucket held these tokens, in milliseconds since the epoch. */
  at: number
}

/** How many of the least recently used buckets are compared when one has to be removed. */
const COMPARED = 8

/** Computes the tokens that a bucket holds now. If the clock was set back, nothing is refilled. */
function tokensIn({ tokens, at, capacity, refillPerSecond }: Level, now: number): number {
  return Math.min(capacity, tokens + (Math.max(0, now - at) * refillPerSecond) / 1000)
}

/** Stores buckets in memory, up to a limit. It starts no timer. */
export class InMemoryRateLimitStore implements RateLimitStore {
  /** In the order of use: the least recently used bucket comes first. */
  readonly #levels = new Map<string, Level>()
  readonly #maxKeys: number

  /**
   * @throws TypeError for an unknown option.
   * @throws RangeError if `maxKeys` is not an integer of 1 or more.
   */
  constructor(options: InMemoryRateLimitStoreOptions = {}) {
    validateOptions('InMemoryRateLimitStore', options, RULES)
    this.#maxKeys = options.maxKeys ?? 10_000
  }

  /** The number of stored buckets. */
  get size(): number {
    return this.#levels.size
  }

  /** Takes a token; see {@link RateLimitStore.take}. */
  take(key: string, { capacity, refillPerSecond }: Bucket): RateLimitResult {
    const now = Date.now()
    const { tokens, at } = this.#levels.get(key) ?? { tokens: capacity, at: now }
    const held = tokensIn({ tokens, at, capacity, refillPerSecond }, now)
    // A client that waited for `retryAfterMs` may lack a fraction of a token because of rounding.
    const allowed = held >= 1 - 1e-9
    const left = allowed ? Math.max(0, held - 1) : held
    this.#keep(key, { tokens: left, at: now, capacity, refillPerSecond })
    return { allowed, retryAfterMs: allowed ? 0 : Math.ceil(((1 - held) * 1000) / refillPerSecond) }
  }

  #keep(key: string, level: Level): void {
    this.#levels.delete(key)
    if (this.#levels.size >= this.#maxKeys) this.#makeRoom(level.at)
    this.#levels.set(key, level)
  }

  /**
   * Removes the fullest of the oldest buckets. The others are marked as used, so that the next call compares others.
   */
  #makeRoom(now: number): void {
    const oldest: [string, Level][] = []
    for (const entry of this.#levels) if (oldest.push(entry) === COMPARED) break
    const share = (level: Level): number => tokensIn(level, now) / level.capacity
    const [fullest] = oldest.reduce((one, other) => (share(other[1]) > share(one[1]) ? other : one))
    for (const [key, level] of oldest) {
      this.#levels.delete(key)
      if (key !== fullest) this.#levels.set(key, level)
    }
  }
}
