/** Milliseconds that an aborted run has to end before its worker closes without it. */
const GRACE_MS = 5000

/** The running jobs of a worker. A helper for implementations of `TaskQueue`. */
export class RunningJobs {
  readonly #controllers = new Map<string, AbortController>()
  #whenIdle: (() => void) | undefined

  get size(): number {
    return this.#controllers.size
  }

  /** Notes that a job runs, and returns what aborts it. */
  start(id: string): AbortSignal {
    const controller = new AbortController()
    this.#controllers.set(id, controller)
    return controller.signal
  }

  /** Notes that a job has ended. */
  end(id: string): void {
    this.#controllers.delete(id)
    if (this.#controllers.size === 0) this.#whenIdle?.()
  }

  abort(id: string, reason: Error): void {
    this.#controllers.get(id)?.abort(reason)
  }

  /**
   * Waits until every job has ended. After `drainTimeoutMs`, the others are aborted, and have five seconds to end.
   *
   * @returns Whether every job has ended.
   */
  async drain(drainTimeoutMs: number): Promise<boolean> {
    if (await this.#waitUntilIdle(drainTimeoutMs)) return true
    for (const controller of this.#controllers.values()) controller.abort(new Error('The worker closes'))
    return this.#waitUntilIdle(GRACE_MS)
  }

  async #waitUntilIdle(ms: number): Promise<boolean> {
    if (this.#controllers.size === 0) return true
    let timer: ReturnType<typeof setTimeout> | undefined
    const isIdle = await new Promise<boolean>((resolve) => {
      this.#whenIdle = () => resolve(true)
      timer = setTimeout(() => resolve(false), ms)
    })
    clearTimeout(timer)
    return isIdle
  }
}
