import { signal } from '@preact/signals'
import { onNextFrame } from '../next-frame.ts'

export interface LogLine {
  level: string
  logger?: string
  data: unknown
}

const MAX_LINES = 10_000
/** Lines that are dropped at once, so that dropping does not copy the buffer for each new line. */
const DROPPED_AT_ONCE = 1000

/** The log lines of a call. The oldest are dropped, and counted, after 10,000. */
export class LogBuffer {
  /** Changes at most once a frame. Read it to render again when lines arrive. */
  readonly version = signal(0)
  /** Lines that were dropped. */
  dropped = 0
  #lines: LogLine[] = []
  readonly #show = onNextFrame(() => {
    this.version.value += 1
  })

  get lines(): readonly LogLine[] {
    return this.#lines
  }

  add(line: LogLine): void {
    this.#lines.push(line)
    if (this.#lines.length > MAX_LINES) {
      this.#lines = this.#lines.slice(DROPPED_AT_ONCE)
      this.dropped += DROPPED_AT_ONCE
    }
    this.#show()
  }

  clear(): void {
    this.#lines = []
    this.dropped = 0
    this.version.value += 1
  }
}
