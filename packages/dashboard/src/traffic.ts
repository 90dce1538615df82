import type { Settings } from './options.ts'
import { OWN_HEADER } from './own-header.ts'
import { type Recorder, Recording } from './recording.ts'
import { Ring } from './ring.ts'

/** Is called with an exchange that began, went on or ended. */
export type TrafficListener = (recording: Recording) => void

/** Requests of the page itself that are kept, beside `maxRecords` of clients. */
const MAX_OWN_RECORDS = 50

/** The latest exchanges. Those of the page are kept apart, so that they do not push out those of clients. */
export class Traffic implements Recorder {
  /** The most recordings that it holds. */
  readonly capacity: number
  readonly #settings: Settings
  readonly #clients: Ring
  readonly #own: Ring
  readonly #listeners = new Set<TrafficListener>()
  #newest = 0
  #length = 0

  constructor(settings: Settings) {
    const { maxRecords } = settings
    const maxOwnRecords = Math.min(maxRecords, MAX_OWN_RECORDS)
    this.#settings = settings
    this.#clients = new Ring(maxRecords)
    this.#own = new Ring(maxOwnRecords)
    this.capacity = maxRecords + maxOwnRecords
  }

  /** Iterates in the order in which requests arrived. */
  *[Symbol.iterator](): Generator<Recording> {
    yield* [...this.#clients, ...this.#own].sort((one, other) => one.id - other.id)
  }

  get isWatched(): boolean {
    return this.#listeners.size > 0
  }

  /** Begins a recording. Returns undefined if none are kept. */
  begin(request: Request, path: string): Recording | undefined {
    const { maxRecords, maxRecordedBodyLength } = this.#settings
    if (maxRecords === 0) return undefined
    this.#newest += 1
    const recording = new Recording(this.#newest, request, path, maxRecordedBodyLength, this)
    const ring = request.headers.has(OWN_HEADER) ? this.#own : this.#clients
    ring.add(recording)
    this.changed(recording)
    return recording
  }

  /** @returns A function that removes the listener. */
  listen(listener: TrafficListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  clear(): void {
    this.#clients.clear()
    this.#own.clear()
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
    while (this.#length > maxRecordedTotalLength) {
      const ring = this.#own.isEmpty ? this.#clients : this.#own
      if (ring.isEmpty) return
      ring.forgetOldest()
    }
  }
}
