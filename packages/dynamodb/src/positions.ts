/** The number of the newest event of streams that were written to lately; what is written queues up behind it. */
export class Positions {
  readonly #tails = new Map<string, { number: Promise<number>; at: number }>()
  readonly #ttlMs: number
  readonly #maxStreams: number

  /** @param ttlMs - Milliseconds that a number is worth anything: DynamoDB deletes no event so young. */
  constructor(ttlMs: number, maxStreams = 10_000) {
    this.#ttlMs = ttlMs
    this.#maxStreams = maxStreams
  }

  /** @returns The number behind the last write in line; `undefined` where it has to be looked up. */
  get(streamId: string): Promise<number> | undefined {
    this.#dropOld()
    return this.#tails.get(streamId)?.number
  }

  /** Queues a write up; if it fails, so does all that stands behind it. */
  set(streamId: string, number: Promise<number>): void {
    const tail = { number, at: Date.now() }
    this.#tails.delete(streamId)
    this.#tails.set(streamId, tail)
    number.catch(() => {
      if (this.#tails.get(streamId) === tail) this.#tails.delete(streamId)
    })
    if (this.#tails.size > this.#maxStreams) this.#tails.delete(this.#tails.keys().next().value as string)
  }

  /** Forgets the streams of a scope. */
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
