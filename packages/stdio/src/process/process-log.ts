import { LineReader } from './read-lines.ts'

/** How many bytes of a line are kept. */
const MAX_LINE_BYTES = 4096

/** How many lines are kept to explain why a process has ended. */
const KEPT_LINES = 10

/** What a process writes to its standard error, line by line. */
export class ProcessLog {
  readonly #lines: LineReader
  readonly #last: string[] = []

  /** @param online - Takes each line, shortened. */
  constructor(online: (text: string) => void) {
    this.#lines = new LineReader(MAX_LINE_BYTES, (line, isCut) => {
      const text = isCut ? `${line}…` : line
      this.#last.push(text)
      if (this.#last.length > KEPT_LINES) this.#last.shift()
      online(text)
    })
  }

  /** The last lines. */
  get last(): string {
    return this.#last.join('\n')
  }

  push(chunk: Buffer): void {
    this.#lines.push(chunk)
  }

  end(): void {
    this.#lines.end()
  }
}
