import type { PoolSettings } from '../options.ts'
import { measureMemory } from '../process/measure-memory.ts'
import type { Worker } from './worker.ts'

/** Milliseconds between measurements of memory. */
const MEASURE_INTERVAL_MS = 2000

/** Ends workers that do not answer, and those that use too much memory. */
export class HealthChecks {
  readonly #settings: PoolSettings
  readonly #workers: Iterable<Worker>
  readonly #timers: ReturnType<typeof setInterval>[] = []
  #isMeasuring = false

  constructor(settings: PoolSettings, workers: Iterable<Worker>) {
    this.#settings = settings
    this.#workers = workers
  }

  /** Begins to check, unless it has begun. */
  start(): void {
    if (this.#timers.length > 0) return
    const { pingIntervalMs, maxMemoryBytes } = this.#settings
    if (pingIntervalMs > 0) this.#timers.push(setInterval(() => this.#pingAll(), pingIntervalMs))
    if (maxMemoryBytes < Number.POSITIVE_INFINITY) {
      this.#timers.push(setInterval(() => void this.#measure(), MEASURE_INTERVAL_MS))
    }
    for (const timer of this.#timers) timer.unref()
  }

  stop(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer)
  }

  #pingAll(): void {
    for (const worker of this.#workers) if (worker.isReady) this.#ping(worker)
  }

  #ping({ upstream, transport }: Worker): void {
    const { pingTimeoutMs } = this.#settings
    const timer = setTimeout(
      () => transport.kill(`did not answer ping within ${pingTimeoutMs} ms`),
      pingTimeoutMs,
    )
    timer.unref()
    // An error is a sign of life, too.
    void upstream.ping().then(() => clearTimeout(timer))
  }

  async #measure(): Promise<void> {
    if (this.#isMeasuring) return
    this.#isMeasuring = true
    const { maxMemoryBytes } = this.#settings
    const memory = await measureMemory()
    for (const { transport } of this.#workers) {
      const used = memory.get(transport.pid ?? 0) ?? 0
      if (used > maxMemoryBytes) transport.kill(`used more than ${maxMemoryBytes} bytes of memory`)
    }
    this.#isMeasuring = false
  }
}
