import { LineReader } from '../process/read-lines.ts'

/** An event of a stream. */
export interface SseEvent {
  readonly data: string
  /** The id of the last event; undefined if no event had one. */
  readonly id: string | undefined
  /** The delay in milliseconds that the server asks for before a reconnection. */
  readonly retryMs: number | undefined
}

/**
 * Reads the events of a stream (HTML, "Server-sent events").
 *
 * @param maxBytes - The largest event.
 * @throws Error if an event is larger, and what reading the stream throws.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<SseEvent, void> {
  const parser = new EventParser(maxBytes)
  for await (const chunk of body) yield* parser.push(chunk)
}

class EventParser {
  readonly #lines: LineReader
  readonly #maxBytes: number
  #events: SseEvent[] = []
  #data: string[] = []
  #size = 0
  #id: string | undefined
  #retryMs: number | undefined

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
    this.#lines = new LineReader(maxBytes, (line, isCut) => this.#read(line, isCut))
  }

  /** Adds bytes, and returns the events that they complete. */
  push(chunk: Uint8Array): SseEvent[] {
    this.#events = []
    this.#lines.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))
    return this.#events
  }

  #read(line: string, isCut: boolean): void {
    this.#size += line.length
    if (isCut || this.#size > this.#maxBytes)
      throw new Error(`An event has more than ${this.#maxBytes} bytes`)
    if (line === '') this.#dispatch()
    else this.#readField(line)
  }

  #readField(line: string): void {
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1))
    if (name === 'data') this.#data.push(value)
    else if (name === 'id') this.#id = value
    else if (name === 'retry' && /^\d{1,9}$/.test(value)) this.#retryMs = Number(value)
  }

  #dispatch(): void {
    this.#events.push({ data: this.#data.join('\n'), id: this.#id, retryMs: this.#retryMs })
    this.#data = []
    this.#size = 0
  }
}
