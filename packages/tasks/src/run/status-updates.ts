const PAUSE_MS = 200

/** Stores the newest of many messages, with a pause between two writes. */
export class StatusUpdates {
  readonly #write: (message: string) => Promise<void>
  #newest: string | undefined
  #isWriting = false
  #isStopped = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(write: (message: string) => Promise<void>) {
    this.#write = write
  }

  push(message: string): void {
    if (this.#isStopped) return
    this.#newest = message
    if (!this.#isWriting && this.#timer === undefined) void this.#flush()
  }

  /** Drops what has not been written. */
  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  async #flush(): Promise<void> {
    const message = this.#newest
    this.#newest = undefined
    this.#timer = undefined
    if (message === undefined || this.#isStopped) return
    this.#isWriting = true
    // A message that could not be stored is replaced by the next one.
    await this.#write(message).catch(() => {})
    this.#isWriting = false
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.#flush(), PAUSE_MS)
  }
}
