/** A wait that others may end; a word that comes while nobody waits is not lost. */
export class WakeableSleep {
  #woken = false
  #onwake: (() => void) | undefined

  wake(): void {
    this.#woken = true
    this.#onwake?.()
  }

  /** Waits to be woken, and no longer than that many milliseconds; not at all where it was since the last time. */
  async wait(ms: number): Promise<void> {
    if (!this.#woken) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        // where timers hold a process open, a waiting client is no reason to stay
        ;(timer as { unref?(): void }).unref?.()
        this.#onwake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#woken = false
  }
}
