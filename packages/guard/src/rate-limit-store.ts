import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'

/** A token bucket: it starts full, and every request takes one token. */
export interface Bucket {
  /** Tokens that it holds when it is full. */
  capacity: number
  /** Tokens that come back a second, up to the capacity. */
  refillPerSecond: number
}

/** What came of taking a token. */
export interface RateLimitResult {
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
  take(key: string, bucket: Bucket): RateLimitResult | Promise<RateLimitResult>
}

/** Options of {@link InMemoryRateLimitStore}. */
export interface InMemoryRateLimitStoreOptions {
  /**
   * Buckets that are kept; beyond, of those that were used longest ago the fullest is forgotten, so that many new
   * clients do not fill the bucket of one that was refused. @defaultValue 10000
   */
  maxKeys?: number | undefined
}

const RULES: Rules<keyof InMemoryRateLimitStoreOptions> = { maxKeys: optionRules.integerFrom(1) }

interface Level extends Bucket {
  tokens: number
  /** Milliseconds of the clock when it held them. */
  at: number
}

/** How many of the buckets that were used longest ago are compared when one has to go. */
const COMPARED = 8

/** Tokens that a bucket holds by now; a clock that is set back refills nothing. */
function tokensIn({ tokens, at, capacity, refillPerSecond }: Level, now: number): number {
  return Math.min(capacity, tokens + (Math.max(0, now - at) * refillPerSecond) / 1000)
}

/** Buckets of this process, bounded, and without a timer. */
export class InMemoryRateLimitStore implements RateLimitStore {
  // in the order of use
  readonly #levels = new Map<string, Level>()
  readonly #maxKeys: number

  /** @throws TypeError for an unknown option, RangeError for `maxKeys` that is no positive integer. */
  constructor(options: InMemoryRateLimitStoreOptions = {}) {
    validateOptions('InMemoryRateLimitStore', options, RULES)
    this.#maxKeys = options.maxKeys ?? 10_000
  }

  /** How many buckets are kept. */
  get size(): number {
    return this.#levels.size
  }

  /** Takes a token; see {@link RateLimitStore.take}. */
  take(key: string, { capacity, refillPerSecond }: Bucket): RateLimitResult {
    const now = Date.now()
    const { tokens, at } = this.#levels.get(key) ?? { tokens: capacity, at: now }
    const held = tokensIn({ tokens, at, capacity, refillPerSecond }, now)
    // whoever waited as long as told may miss a token by a rounding
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

  /** Forgets the fullest of the oldest buckets; the others count as used, so that the next time finds others. */
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
