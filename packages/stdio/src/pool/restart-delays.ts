import { BoundedMap } from '../utils/bounded-map.ts'

const FIRST_DELAY_MS = 250
const MAX_DELAY_MS = 30_000

/** How many launches with failures are remembered. */
const MAX_LAUNCHES = 256

interface Failures {
  readonly count: number
  /** When the next start is allowed, as `performance.now()`. */
  readonly until: number
}

/** The delays before processes that have ended unexpectedly are started again; each failure in a row doubles them. */
export class RestartDelays {
  readonly #failures = new BoundedMap<Failures>(MAX_LAUNCHES)

  /** Returns the milliseconds until a process may be started. */
  remaining(launchKey: string): number {
    return Math.max(0, (this.#failures.get(launchKey)?.until ?? 0) - performance.now())
  }

  /** A process could not be started, or has ended unexpectedly. */
  failed(launchKey: string): void {
    const count = (this.#failures.get(launchKey)?.count ?? 0) + 1
    // The first failure may be an accident of one caller, and delays nothing.
    const delay = count === 1 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (count - 2), MAX_DELAY_MS)
    this.#failures.set(launchKey, { count, until: performance.now() + delay })
  }

  /** A process has lived long enough to count as healthy. */
  recovered(launchKey: string): void {
    this.#failures.delete(launchKey)
  }
}
