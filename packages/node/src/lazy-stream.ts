import type { ResponseStream, ResponseStreamEvents } from '@portico-mcp/core/internal'
import type { NodeResponse } from './types.ts'

/** Where chunks are written to. */
interface Target {
  /** Returns false if no more may be written until the target has drained. */
  write(chunk: Uint8Array): boolean
  end(): void
}

/** The body of a lazy response that is streamed. It keeps chunks until they are read, and while the reader is slow. */
export class LazyStream implements ResponseStream {
  readonly response: Response
  readonly #events: ResponseStreamEvents
  readonly #waiting: Uint8Array[] = []
  #target: Target | undefined
  #isBlocked = false
  #isClosed = false

  /** @param respond - Creates the response with this body. */
  constructor(events: ResponseStreamEvents, respond: (body: LazyStream) => Response) {
    this.#events = events
    this.response = respond(this)
  }

  write(chunk: Uint8Array): void {
    if (this.#isClosed) return
    this.#waiting.push(chunk)
    if (this.#waiting.length === 1) this.#flush()
  }

  backlog(): number {
    return this.#waiting.length + Number(this.#isBlocked)
  }

  close(): void {
    this.#isClosed = true
    this.#flush()
  }

  /** Writes the chunks to a response of Node whose headers have been written. */
  writeTo(res: NodeResponse): void {
    if ('flushHeaders' in res) res.flushHeaders()
    res.on('drain', () => this.#resume())
    this.#target = res as Target
    this.#flush()
  }

  /** Creates a web stream of the chunks. */
  createStream(): ReadableStream<Uint8Array> {
    const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      const write = (chunk: Uint8Array): boolean => {
        controller.enqueue(chunk)
        return (controller.desiredSize ?? 0) > 0
      }
      this.#target = { write, end: () => controller.close() }
      this.#flush()
    }
    return new ReadableStream({ start, pull: () => this.#resume(), cancel: () => this.cancel() })
  }

  /** Discards the chunks: the client has disconnected. */
  cancel(): void {
    this.#waiting.length = 0
    this.#target = undefined
    if (this.#isClosed) return
    this.#isClosed = true
    this.#events.oncancel()
  }

  #resume(): void {
    this.#isBlocked = false
    this.#flush()
  }

  #flush(): void {
    const target = this.#target
    // A write may ask for more before it returns.
    while (target && !this.#isBlocked && this.#waiting.length > 0) {
      this.#isBlocked = !target.write(this.#waiting.shift() as Uint8Array)
    }
    if (!target || this.#waiting.length > 0) return
    if (this.#isClosed) this.#end()
    else if (!this.#isBlocked) this.#events.onpull()
  }

  #end(): void {
    const target = this.#target
    this.#target = undefined
    target?.end()
  }
}
