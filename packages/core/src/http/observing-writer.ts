import type { ExchangeObserver, ObservedHead } from './exchange-observer.ts'
import type { ResponseHead, ResponseStream, ResponseStreamEvents, ResponseWriter } from './response-writer.ts'

/**
 * Creates responses by another writer, and calls an observer with what is written to them. A handler may create a
 * response that something in front of it replaces: only the one that is adopted is observed.
 */
export class ObservingWriter implements ResponseWriter {
  readonly #writer: ResponseWriter
  readonly #observer: ExchangeObserver
  #head: ResponseHead | undefined
  #body: string | ObservedStream | undefined
  #response: Response | undefined

  constructor(writer: ResponseWriter, observer: ExchangeObserver) {
    this.#writer = writer
    this.#observer = observer
  }

  text(text: string, head: ResponseHead): Response {
    return this.#keep(this.#writer.text(text, head), head, text)
  }

  stream(head: ResponseHead, events: ResponseStreamEvents): ResponseStream {
    const stream = new ObservedStream(this.#writer, head, events)
    this.#keep(stream.response, head, stream)
    return stream
  }

  noticesDisconnect(request: Request): boolean {
    return this.#writer.noticesDisconnect?.(request) ?? false
  }

  #keep(response: Response, head: ResponseHead, body: string | ObservedStream): Response {
    this.#response = response
    this.#head = head
    this.#body = body
    return response
  }

  /** Observes a response, if it is the last one that this writer has created. */
  adopt(response: Response): boolean {
    const [head, body, observer] = [this.#head, this.#body, this.#observer]
    if (!head || response !== this.#response) {
      if (body instanceof ObservedStream) body.ignore()
      return false
    }
    observer.responseHead(new WrittenHead(head))
    if (typeof body === 'string') {
      observer.responseText(body)
      observer.responseEnd('done')
    } else {
      body?.observe(observer)
    }
    return true
  }
}

/** A head whose headers can be looked up without the cost of creating `Headers`. */
class WrittenHead implements ObservedHead {
  readonly #head: ResponseHead

  constructor(head: ResponseHead) {
    this.#head = head
  }

  get status(): number {
    return this.#head.status
  }

  get headers(): this {
    return this
  }

  get(name: string): string | null {
    for (const [other, value] of Object.entries(this.#head.headers)) {
      if (other.toLowerCase() === name) return value
    }
    return null
  }
}

/** Keeps chunks that are written before it is known whether the stream becomes the response. */
class ObservedStream implements ResponseStream {
  readonly #stream: ResponseStream
  #waiting: Uint8Array[] | undefined = []
  #end: 'done' | 'left' | undefined
  #observer: ExchangeObserver | undefined

  constructor(writer: ResponseWriter, head: ResponseHead, events: ResponseStreamEvents) {
    this.#stream = writer.stream(head, {
      onpull: () => events.onpull(),
      oncancel: () => {
        this.#finish('left')
        events.oncancel()
      },
    })
  }

  get response(): Response {
    return this.#stream.response
  }

  write(chunk: Uint8Array): void {
    if (this.#observer) this.#observer.responseChunk(chunk)
    else this.#waiting?.push(chunk)
    this.#stream.write(chunk)
  }

  backlog(): number {
    return this.#stream.backlog()
  }

  close(): void {
    this.#finish('done')
    this.#stream.close()
  }

  observe(observer: ExchangeObserver): void {
    this.#observer = observer
    for (const chunk of this.#waiting ?? []) observer.responseChunk(chunk)
    this.#waiting = undefined
    if (this.#end) observer.responseEnd(this.#end)
  }

  /** Another response is sent, such as one that filters this stream. */
  ignore(): void {
    this.#waiting = undefined
  }

  #finish(how: 'done' | 'left'): void {
    if (this.#end) return
    this.#end = how
    this.#observer?.responseEnd(how)
  }
}
