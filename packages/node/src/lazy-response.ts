import type { OutgoingHttpHeaders } from 'node:http'
import type {
  ResponseHead,
  ResponseStream,
  ResponseStreamEvents,
  ResponseWriter,
} from '@portico-mcp/core/internal'
import { isClosed } from './is-closed.ts'
import { createLazyProxy } from './lazy-proxy.ts'
import type { NodeResponse } from './types.ts'

/** What a lazy response consists of, besides status and headers. */
interface Content {
  head: ResponseHead
  /** Writes it to a response of Node. */
  writeTo(res: NodeResponse, headers: OutgoingHttpHeaders): void
  /** The body of a real `Response`. */
  createBody(): string | ReadableStream<Uint8Array>
}

/**
 * A response that is written to the socket without a web stream. Its status and headers may be read and changed;
 * if anything else is asked for, it becomes a real one.
 */
class LazyResponse {
  readonly #content: Content
  #headers: Headers | undefined
  #real: Response | undefined

  constructor(content: Content) {
    this.#content = content
  }

  get status(): number {
    return this.#content.head.status
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  get headers(): Headers {
    this.#headers ??= new Headers(this.#content.head.headers)
    return this.#headers
  }

  get real(): Response {
    this.#real ??= this.#createReal()
    return this.#real
  }

  /** The content, unless it belongs to a real response now. */
  get content(): Content | undefined {
    return this.#real ? undefined : this.#content
  }

  /** Status and headers with the changes that were made to them. */
  get nodeHeaders(): OutgoingHttpHeaders {
    return this.#headers ? toNodeHeaders(this.#headers) : this.#content.head.headers
  }

  #createReal(): Response {
    const { status, headers } = this.#content.head
    const real = new Response(this.#content.createBody(), { status, headers: this.#headers ?? headers })
    this.#headers = real.headers
    return real
  }
}

/** Headers as Node takes them. */
export function toNodeHeaders(headers: Headers): OutgoingHttpHeaders {
  const fields: OutgoingHttpHeaders = {}
  for (const [name, value] of headers) if (name !== 'set-cookie') fields[name] = value
  const cookies = headers.getSetCookie()
  if (cookies.length > 0) fields['set-cookie'] = cookies
  return fields
}

/** Writes a response of the {@link createResponseWriter}; returns false if it has become a real one, or is another. */
export function writeLazy(response: Response, res: NodeResponse): boolean {
  if (!(response instanceof LazyResponse)) return false
  const { content } = response
  content?.writeTo(res, response.nodeHeaders)
  return content !== undefined
}

/** A response with a known text, for frameworks that send it themselves. */
export interface TextResponse {
  status: number
  headers: OutgoingHttpHeaders
  text: string
}

/** Reads a response whose text is known without a stream; undefined for any other. */
export function readText(response: Response): TextResponse | undefined {
  if (!(response instanceof LazyResponse)) return undefined
  const { content } = response
  if (!(content instanceof TextContent)) return undefined
  return { status: response.status, headers: response.nodeHeaders, text: content.text }
}

class TextContent implements Content {
  readonly head: ResponseHead
  readonly text: string

  constructor(text: string, head: ResponseHead) {
    this.text = text
    this.head = head
  }

  writeTo(res: NodeResponse, headers: OutgoingHttpHeaders): void {
    // The spread comes last, since a member after it makes V8 build the object ten times as slowly.
    const fields = { 'content-length': Buffer.byteLength(this.text), ...headers }
    res.writeHead(this.head.status, fields)
    if (res.req?.method === 'HEAD') res.end()
    else res.end(this.text)
  }

  createBody(): string {
    return this.text
  }
}

/** What chunks go to; false for no more until it says so. */
interface Target {
  write(chunk: Uint8Array): boolean
  end(): void
}

/** Chunks wait here until the response is read, and as long as its reader is slow. */
class StreamContent implements ResponseStream, Content {
  readonly head: ResponseHead
  readonly response: Response
  readonly #events: ResponseStreamEvents
  readonly #waiting: Uint8Array[] = []
  #target: Target | undefined
  #isBlocked = false
  #isClosed = false

  constructor(head: ResponseHead, events: ResponseStreamEvents) {
    this.head = head
    this.#events = events
    this.response = new LazyResponse(this) as unknown as Response
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

  writeTo(res: NodeResponse, headers: OutgoingHttpHeaders): void {
    res.writeHead(this.head.status, headers)
    if ('flushHeaders' in res) res.flushHeaders()
    res.on('drain', () => this.#resume())
    this.#target = res as Target
    this.#flush()
  }

  createBody(): ReadableStream<Uint8Array> {
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

  /** The client has left. */
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

const writeText: ResponseWriter['text'] = (text, head) =>
  new LazyResponse(new TextContent(text, head)) as unknown as Response

/**
 * Creates what a handler makes its responses with: they are written straight to `res`.
 *
 * @param request - The request that `res` answers.
 */
export function createResponseWriter(res: NodeResponse, request: Request): ResponseWriter {
  return {
    text: writeText,
    stream(head, events) {
      const stream = new StreamContent(head, events)
      const cancel = (): void => stream.cancel()
      if (isClosed(res)) queueMicrotask(cancel)
      else res.on?.('close', cancel)
      return stream
    },
    noticesDisconnect: (other) => other === request,
  }
}

Object.setPrototypeOf(
  LazyResponse.prototype,
  createLazyProxy(new Response(), (response) => (response as unknown as LazyResponse).real),
)
