import type { ReleaseClaim } from './session-store.ts'

interface Claim {
  endsAt: number
}

/** The number of claims at which expired ones are removed for the first time. */
const MIN_SWEEP = 64

/** Claims within one process: each name has at most one holder at a time, until the claim expires. */
export class Claims {
  readonly #claims = new Map<string, Claim>()
  readonly #now: () => number
  #sweepAt = MIN_SWEEP

  /** @param now - Returns the milliseconds of a clock. @defaultValue `performance.now()`, which is monotonic */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Claims a name for `ttlMs` milliseconds. Returns undefined while it is claimed. */
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

  // Sweeping whenever the number has doubled keeps the average cost of a claim constant.
  #sweep(): void {
    if (this.#claims.size < this.#sweepAt) return
    for (const [name, claim] of this.#claims) if (!this.#isLive(claim)) this.#claims.delete(name)
    this.#sweepAt = Math.max(MIN_SWEEP, this.#claims.size * 2)
  }
}
