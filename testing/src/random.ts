/** Draws numbers that a seed determines. */
export class Random {
  #state: number

  /** @param seed - An integer; the same one draws the same numbers. */
  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** An integer from 0, below the limit (mulberry32). */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }

  /** One of the items. */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!
  }

  /** Waits for less than that many milliseconds. */
  pause(limitMs: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.below(limitMs)))
  }
}

/**
 * The seed of a test that makes random choices, from the environment variable CHAOS_SEED. It is printed, so that a run
 * can be repeated with the same choices; the timing differs all the same.
 *
 * @param test - What the seed is printed for.
 * @param otherwise - The seed without CHAOS_SEED. @defaultValue a new one each time
 */
export function readSeed(test: string, otherwise: number = Date.now() % 1_000_000): number {
  const { CHAOS_SEED } = process.env
  const seed = CHAOS_SEED === undefined ? otherwise : Number(CHAOS_SEED)
  if (!Number.isSafeInteger(seed)) throw new Error(`CHAOS_SEED must be an integer (got "${CHAOS_SEED}")`)
  console.log(`CHAOS_SEED=${seed} (${test})`)
  return seed
}
