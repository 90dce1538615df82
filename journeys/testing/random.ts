/** Draws numbers that a seed determines. */
export class Random {
  #state: number

  /** @param seed - An integer; the same one draws the same numbers. */
  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** An integer from 0, below that one (mulberry32). */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }

  /** One of them. */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!
  }

  /** Waits for a time that is shorter than that many milliseconds. */
  pause(limitMs: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.below(limitMs)))
  }
}
