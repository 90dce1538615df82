import { headersShown } from './headers.ts'
import type { Settings } from './options.ts'
import { Recording } from './recording.ts'

/** Hears of an exchange that began, went on or ended. */
export type TrafficListener = (recording: Recording) => void

/** The latest exchanges, as many as there is room for. */
export class Traffic {
  readonly #settings: Settings
  readonly #recordings = new Set<Recording>()
  readonly #listeners = new Set<TrafficListener>()
  #count = 0

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /** In the order in which they came. */
  [Symbol.iterator](): SetIterator<Recording> {
    return this.#recordings.values()
  }

  /** Begins a recording; undefined where none are kept. */
  begin(request: Request, path: string): Recording | undefined {
    const { maxRecords, maxRecordedBodyLength } = this.#settings
    if (maxRecords === 0) return undefined
    this.#count += 1
    const { method, headers } = request
    const sessionId = headers.get('mcp-session-id') ?? undefined
    const seen = { method, path, headers: headersShown(headers), sessionId }
    const recording = new Recording(this.#count, seen, maxRecordedBodyLength, (changed) =>
      this.#tell(changed),
    )
    for (const oldest of this.#recordings) {
      if (this.#recordings.size < maxRecords) break
      this.#forget(oldest)
    }
    this.#recordings.add(recording)
    recording.changed()
    return recording
  }

  /** @returns What ends it. */
  listen(listener: TrafficListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  clear(): void {
    for (const recording of this.#recordings) this.#forget(recording)
  }

  #tell(recording: Recording): void {
    if (recording.outcome !== 'open') this.#trim()
    for (const listener of this.#listeners) listener(recording)
  }

  #trim(): void {
    let total = 0
    for (const { size } of this.#recordings) total += size
    for (const recording of this.#recordings) {
      if (total <= this.#settings.maxRecordedTotalLength) return
      total -= recording.size
      this.#forget(recording)
    }
  }

  #forget(recording: Recording): void {
    this.#recordings.delete(recording)
    recording.forget()
  }
}
