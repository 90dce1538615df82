import { LineReader } from './read-lines.ts'

/** How many bytes of a line are kept. */
const MAX_LINE_BYTES = 4096

/** How many lines are kept to explain why a process has ended. */
const KEPT_LINES = 10

/** How many lines of one second are passed on. */
const MAX_LINES_PER_SECOND = 200

/** What a process writes to its standard error, line by line. */
export class ProcessLog {
  readonly #lines: LineReader
  readonly #online: (text: string) => void
  readonly #last: string[] = []
  #second = 0
  #count = 0

  /**
   * @param redact - Replaces secrets in a line.
   * @param online - Takes each line, shortened. Of very many lines in a second, it gets the first ones.
   */
  constructor(redact: (line: string) => string, online: (text: string) => void) {
    this.#online = online
    this.#lines = new LineReader(MAX_LINE_BYTES, (line, isCut) =>
      this.#take(redact(isCut ? `${line}…` : line)),
    )
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

  #take(text: string): void {
    this.#last.push(text)
    if (this.#last.length > KEPT_LINES) this.#last.shift()
    const second = Math.floor(performance.now() / 1000)
    if (second !== this.#second) this.#begin(second)
    if (++this.#count <= MAX_LINES_PER_SECOND) this.#online(text)
  }

  #begin(second: number): void {
    const dropped = this.#count - MAX_LINES_PER_SECOND
    this.#second = second
    this.#count = 0
    if (dropped > 0) this.#online(`(${dropped} more lines in one second)`)
  }
}
