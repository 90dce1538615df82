/** A sleep that `wake()` ends early. A `wake()` between two sleeps ends the next one immediately. */
export class WakeableSleep {
  #woken = false
  #onwake: (() => void) | undefined

  wake(): void {
    this.#woken = true
    this.#onwake?.()
  }

  /** Waits for `wake()`, at most `ms` milliseconds. Returns at once if `wake()` was called since the last wait. */
  async wait(ms: number): Promise<void> {
    if (!this.#woken) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        // On Node a timer keeps the process alive. A waiting client must not.
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
