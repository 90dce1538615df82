import type { Recording } from './recording.ts'

/** The latest recordings of one kind. The oldest is dropped when a new one does not fit. */
export class Ring {
  readonly #size: number
  readonly #slots: (Recording | undefined)[] = []
  #begun = 0
  #dropped = 0

  /** @param size - Recordings that are kept. */
  constructor(size: number) {
    this.#size = size
  }

  /** Iterates in the order in which requests arrived. */
  *[Symbol.iterator](): Generator<Recording> {
    for (let place = this.#dropped; place < this.#begun; place++) {
      yield this.#slots[place % this.#size] as Recording
    }
  }

  get isEmpty(): boolean {
    return this.#begun === this.#dropped
  }

  add(recording: Recording): void {
    if (this.#begun - this.#dropped === this.#size) this.forgetOldest()
    this.#slots[this.#begun % this.#size] = recording
    this.#begun += 1
  }

  forgetOldest(): void {
    const slot = this.#dropped % this.#size
    this.#slots[slot]?.forget()
    this.#slots[slot] = undefined
    this.#dropped += 1
  }

  clear(): void {
    while (!this.isEmpty) this.forgetOldest()
  }
}
