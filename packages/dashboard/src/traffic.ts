import type { Settings } from './options.ts'
import { type Recorder, Recording } from './recording.ts'

/** Is called with an exchange that began, went on or ended. */
export type TrafficListener = (recording: Recording) => void

/** A ring buffer of the latest exchanges. */
export class Traffic implements Recorder {
  readonly #settings: Settings
  readonly #ring: (Recording | undefined)[] = []
  readonly #listeners = new Set<TrafficListener>()
  #newest = 0
  #oldest = 1
  #length = 0

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /** Iterates in the order in which requests arrived. */
  *[Symbol.iterator](): Generator<Recording> {
    for (let id = this.#oldest; id <= this.#newest; id++) {
      const recording = this.#ring[id % this.#settings.maxRecords]
      if (recording) yield recording
    }
  }

  get isWatched(): boolean {
    return this.#listeners.size > 0
  }

  /** Begins a recording. Returns undefined if none are kept. */
  begin(request: Request, path: string): Recording | undefined {
    const { maxRecords, maxRecordedBodyLength } = this.#settings
    if (maxRecords === 0) return undefined
    this.#newest += 1
    if (this.#newest - this.#oldest === maxRecords) this.#forgetOldest()
    const recording = new Recording(this.#newest, request, path, maxRecordedBodyLength, this)
    this.#ring[this.#newest % maxRecords] = recording
    this.changed(recording)
    return recording
  }

  /** @returns A function that removes the listener. */
  listen(listener: TrafficListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  clear(): void {
    while (this.#oldest <= this.#newest) this.#forgetOldest()
  }

  grew(characters: number): void {
    this.#length += characters
  }

  changed(recording: Recording): void {
    if (recording.outcome !== 'open') this.#trim()
    if (!this.isWatched) return
    for (const listener of this.#listeners) listener(recording)
  }

  #trim(): void {
    const { maxRecordedTotalLength } = this.#settings
    while (this.#length > maxRecordedTotalLength && this.#oldest <= this.#newest) this.#forgetOldest()
  }

  #forgetOldest(): void {
    const slot = this.#oldest % this.#settings.maxRecords
    this.#ring[slot]?.forget()
    this.#ring[slot] = undefined
    this.#oldest += 1
  }
}
