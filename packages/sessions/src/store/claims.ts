import type { ReleaseClaim } from './session-store.ts'

interface Claim {
  endsAt: number
}

/** How many claims there are before the first sweep. */
const MIN_SWEEP = 64

/** Claims of one process: each name is held by one at a time, for as long as its holder said. */
export class Claims {
  readonly #claims = new Map<string, Claim>()
  readonly #now: () => number
  #sweepAt = MIN_SWEEP

  /** @param now - The milliseconds of a clock. @defaultValue the clock that is never set */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Takes a name for some milliseconds; undefined while another holds it. */
  take(name: string, ttlMs: number): ReleaseClaim | undefined {
    if (this.#isLive(this.#claims.get(name))) return undefined
    const claim: Claim = { endsAt: this.#now() + ttlMs }
    this.#claims.set(name, claim)
    this.#sweep()
    const release = async (): Promise<void> => {
      if (this.#claims.get(name) === claim) this.#claims.delete(name)
    }
    const renew = async (ms: number): Promise<boolean> => {
      if (this.#claims.get(name) !== claim || !this.#isLive(claim)) return false
      claim.endsAt = this.#now() + ms
      return true
    }
    return Object.assign(release, { renew })
  }

  delete(name: string): void {
    this.#claims.delete(name)
  }

  clear(): void {
    this.#claims.clear()
  }

  #isLive(claim: Claim | undefined): claim is Claim {
    return claim !== undefined && claim.endsAt > this.#now()
  }

  // A sweep each time that the number has doubled costs a claim the same however many there are.
  #sweep(): void {
    if (this.#claims.size < this.#sweepAt) return
    for (const [name, claim] of this.#claims) if (!this.#isLive(claim)) this.#claims.delete(name)
    this.#sweepAt = Math.max(MIN_SWEEP, this.#claims.size * 2)
  }
}
