import { signal } from '@preact/signals'
import { onNextFrame } from '../next-frame.ts'

/** A JSON-RPC message that the page sent or received. */
export interface TranscriptEntry {
  direction: 'sent' | 'received'
  /** Milliseconds since the call began. */
  atMs: number
  message: any
}

const MAX_FIRST = 100
const MAX_LAST = 300

/** The messages of a call: the first 100 and the last 300. Those between are counted. */
export class Transcript {
  /** Changes at most once a frame. Read it to render again when messages arrive. */
  readonly version = signal(0)
  #began = 0
  #first: TranscriptEntry[] = []
  #last: TranscriptEntry[] = []
  #count = 0
  readonly #show = onNextFrame(() => {
    this.version.value += 1
  })

  get entries(): readonly TranscriptEntry[] {
    return [...this.#first, ...this.#last.slice(-MAX_LAST)]
  }

  /** Messages that were sent or received. */
  get count(): number {
    return this.#count
  }

  add(direction: TranscriptEntry['direction'], message: unknown): void {
    const entry = { direction, atMs: performance.now() - this.#began, message }
    this.#count += 1
    if (this.#first.length < MAX_FIRST) this.#first.push(entry)
    else this.#last.push(entry)
    if (this.#last.length > 2 * MAX_LAST) this.#last = this.#last.slice(-MAX_LAST)
    this.#show()
  }

  begin(): void {
    this.#began = performance.now()
    this.#first = []
    this.#last = []
    this.#count = 0
    this.version.value += 1
  }
}
