/** Does something again and again while it is started, one beat at a time. */
export class Heartbeat {
  readonly #beat: () => Promise<unknown>
  readonly #everyMs: number
  #timer: ReturnType<typeof setInterval> | undefined
  #isBeating = false

  /** @param beat - Never rejects. */
  constructor(everyMs: number, beat: () => Promise<unknown>) {
    this.#everyMs = everyMs
    this.#beat = beat
  }

  start(): void {
    if (this.#timer) return
    this.#timer = setInterval(() => void this.#run(), this.#everyMs)
    ;(this.#timer as { unref?(): void }).unref?.()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async #run(): Promise<void> {
    // Beats that overtake a slow store would only get into each other's way.
    if (this.#isBeating) return
    this.#isBeating = true
    await this.#beat()
    this.#isBeating = false
  }
}
