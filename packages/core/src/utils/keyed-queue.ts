/**
 * Runs work one after the other for each key, and work for different keys side by side. Something is opened before the
 * first work.
 */
export class KeyedQueue {
  readonly #open: () => Promise<void>
  readonly #last = new Map<string, Promise<unknown>>()
  #opening: Promise<void> | undefined

  constructor(open: () => Promise<void>) {
    this.#open = open
  }

  /** Resolves once it is open. A failure is not cached: every call tries again. */
  ready(): Promise<void> {
    this.#opening ??= this.#open().catch((error) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  /** Runs work once it is open and all earlier work for the key has settled; settles as the work does. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const turn = before
      .catch(() => {})
      .then(() => this.ready())
      .then(work)
    this.#last.set(key, turn)
    const forget = (): void => {
      if (this.#last.get(key) === turn) this.#last.delete(key)
    }
    turn.then(forget, forget)
    return turn
  }
}
