import type { OutgoingHttpHeaders } from 'node:http'
import type {
  ResponseHead,
  ResponseStream,
  ResponseStreamEvents,
  ResponseWriter,
} from '@portico-mcp/core/internal'
import { isClosed } from './is-closed.ts'
import { createLazyProxy } from './lazy-proxy.ts'
import { LazyStream } from './lazy-stream.ts'
import type { NodeResponse } from './types.ts'

/**
 * A response that is written to the socket without a web stream. Its status and headers may be read and changed;
 * if anything else is asked for, it becomes a real one.
 */
export class LazyResponse {
  readonly #body: string | LazyStream
  readonly #head: ResponseHead
  #headers: Headers | undefined
  #real: Response | undefined

  constructor(body: string | LazyStream, head: ResponseHead) {
    this.#body = body
    this.#head = head
  }

  get status(): number {
    return this.#head.status
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  get headers(): Headers {
    this.#headers ??= new Headers(this.#head.headers)
    return this.#headers
  }

  get real(): Response {
    this.#real ??= this.#createReal()
    return this.#real
  }

  /** Returns the response if its text is known, and it has not become a real one. */
  readText(): TextResponse | undefined {
    if (this.#real || typeof this.#body !== 'string') return undefined
    const headers = this.#headers ? toNodeHeaders(this.#headers) : this.#head.headers
    return { status: this.#head.status, headers, text: this.#body }
  }

  /** Writes it to a response of Node; returns false if it has become a real one. */
  writeTo(res: NodeResponse): boolean {
    if (this.#real) return false
    const headers = this.#headers ? toNodeHeaders(this.#headers) : this.#head.headers
    const body = this.#body
    if (typeof body !== 'string') {
      res.writeHead(this.#head.status, headers)
      body.writeTo(res)
      return true
    }
    // The spread comes last, since a member after it makes V8 build the object ten times as slowly.
    res.writeHead(this.#head.status, { 'content-length': Buffer.byteLength(body), ...headers })
    if (res.req?.method === 'HEAD') res.end()
    else res.end(body)
    return true
  }

  #createReal(): Response {
    const { status, headers } = this.#head
    const body = typeof this.#body === 'string' ? this.#body : this.#body.createStream()
    const real = new Response(body, { status, headers: this.#headers ?? headers })
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

/** A response with a known text, for frameworks that send it themselves. */
export interface TextResponse {
  status: number
  headers: OutgoingHttpHeaders
  text: string
}

/** Reads a response whose text is known without a stream; undefined for any other. */
export const readText = (response: Response): TextResponse | undefined =>
  response instanceof LazyResponse ? response.readText() : undefined

/** Creates the responses of a handler, which are written straight to a response of Node. */
export class NodeResponseWriter implements ResponseWriter {
  readonly #res: NodeResponse
  readonly #request: Request

  /** @param request - The request that `res` answers. */
  constructor(res: NodeResponse, request: Request) {
    this.#res = res
    this.#request = request
  }

  text(text: string, head: ResponseHead): Response {
    return new LazyResponse(text, head) as unknown as Response
  }

  stream(head: ResponseHead, events: ResponseStreamEvents): ResponseStream {
    const stream = new LazyStream(events, (body) => new LazyResponse(body, head) as unknown as Response)
    const cancel = (): void => stream.cancel()
    if (isClosed(this.#res)) queueMicrotask(cancel)
    else this.#res.on?.('close', cancel)
    return stream
  }

  noticesDisconnect(request: Request): boolean {
    return request === this.#request
  }
}

Object.setPrototypeOf(
  LazyResponse.prototype,
  createLazyProxy(new Response(), (response) => (response as unknown as LazyResponse).real),
)
