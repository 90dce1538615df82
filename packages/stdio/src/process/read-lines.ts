const NEWLINE = 10
const CARRIAGE_RETURN = 13

/** Takes the lines of a stream. */
export type OnLine = (line: string, isCut: boolean) => void

/** Splits a stream of bytes into lines of UTF-8. It keeps at most the first `maxBytes` bytes of a line. */
export class LineReader {
  readonly #maxBytes: number
  readonly #online: OnLine
  #parts: Buffer[] = []
  #size = 0
  #isCut = false

  /**
   * @param maxBytes - The number of bytes that are kept of a line.
   * @param online - Called with each line without its line break, and whether the line was longer.
   */
  constructor(maxBytes: number, online: OnLine) {
    this.#maxBytes = maxBytes
    this.#online = online
  }

  /** Adds bytes, and calls back for each line that they complete. */
  push(chunk: Buffer): void {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end))
      this.#emit()
      start = end + 1
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start))
  }

  /** Calls back with the last line, if it has no line break. */
  end(): void {
    if (this.#size > 0) this.#emit()
  }

  #keep(part: Buffer): void {
    const room = this.#maxBytes - this.#size
    if (part.length > room) this.#isCut = true
    if (room <= 0 || part.length === 0) return
    const kept = part.length > room ? part.subarray(0, room) : part
    this.#parts.push(kept)
    this.#size += kept.length
  }

  #emit(): void {
    const [first] = this.#parts
    const bytes = this.#parts.length === 1 && first ? first : Buffer.concat(this.#parts)
    const isCut = this.#isCut
    this.#parts = []
    this.#size = 0
    this.#isCut = false
    const length = bytes.at(-1) === CARRIAGE_RETURN && !isCut ? bytes.length - 1 : bytes.length
    this.#online(bytes.toString('utf8', 0, length), isCut)
  }
}
