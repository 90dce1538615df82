/** Caches the number of the newest event of recently written streams. Writes to a stream are queued after it. */
export class Positions {
  readonly #tails = new Map<string, { number: Promise<number>; at: number }>()
  readonly #ttlMs: number
  readonly #maxStreams: number

  /** @param ttlMs - Milliseconds for which a number is valid. It must be below the time after which events expire. */
  constructor(ttlMs: number, maxStreams = 10_000) {
    this.#ttlMs = ttlMs
    this.#maxStreams = maxStreams
  }

  /** @returns The number of the last queued write, or `undefined` if it has to be read from the table. */
  get(streamId: string): Promise<number> | undefined {
    this.#dropOld()
    return this.#tails.get(streamId)?.number
  }

  /** Queues a write. If it fails, the writes after it fail too. */
  set(streamId: string, number: Promise<number>): void {
    const tail = { number, at: Date.now() }
    this.#tails.delete(streamId)
    this.#tails.set(streamId, tail)
    number.catch(() => {
      if (this.#tails.get(streamId) === tail) this.#tails.delete(streamId)
    })
    if (this.#tails.size > this.#maxStreams) this.#tails.delete(this.#tails.keys().next().value as string)
  }

  /** Removes the streams of a scope. */
  delete(scope: string): void {
    for (const streamId of this.#tails.keys()) {
      if (streamId.startsWith(`${scope}/`)) this.#tails.delete(streamId)
    }
  }

  #dropOld(): void {
    const oldest = Date.now() - this.#ttlMs
    for (const [streamId, { at }] of this.#tails) {
      if (at > oldest) return
      this.#tails.delete(streamId)
    }
  }
}
