import type { ServerResponse } from 'node:http'
import type {
  ResponseInitOf,
  ResponseStream,
  StreamListener,
  StreamResponse,
  TextResponse,
} from '@portico-mcp/core'
import { standInFor } from './stand-in.ts'
import type { NodeResponse } from './to-node-handler.ts'

/** What a response will say. */
interface Content {
  init: ResponseInitOf
  /** Says it to a socket. */
  writeTo(res: ServerResponse): void
  /** Says it as the platform does. */
  toResponse(): Response
}

/** A response that is written to a socket without a web stream; asked for more than its status, it becomes a real one. */
class LightResponse {
  readonly content: Content
  #real: Response | undefined

  constructor(content: Content) {
    this.content = content
  }

  get status(): number {
    return this.content.init.status
  }

  get real(): Response {
    this.#real ??= this.content.toResponse()
    return this.#real
  }

  /** Whether somebody has looked. */
  get isReal(): boolean {
    return this.#real !== undefined
  }
}

const lightResponse = (content: Content): Response => new LightResponse(content) as unknown as Response

/** Writes a light response that nobody has touched; false for any other. */
export function writeLight(response: Response, res: ServerResponse): boolean {
  if (!(response instanceof LightResponse) || response.isReal) return false
  response.content.writeTo(res)
  return true
}

class LightText implements Content {
  readonly init: ResponseInitOf
  readonly #text: string

  constructor(text: string, init: ResponseInitOf) {
    this.#text = text
    this.init = init
  }

  writeTo(res: ServerResponse): void {
    const { status, headers } = this.init
    // the spread last: a member after it costs ten times as much
    res.writeHead(status, { 'content-length': Buffer.byteLength(this.#text), ...headers }).end(this.#text)
  }

  toResponse(): Response {
    return new Response(this.#text, this.init)
  }
}

/** A response of text that is known. */
export const textResponse: TextResponse = (text, init) => lightResponse(new LightText(text, init))

/** Responses of chunks that come one by one, for as long as their socket is there. */
export function streamResponseTo(res: NodeResponse): StreamResponse {
  return (init, listener) => {
    const stream = new LightStream(init, listener)
    const leave = (): void => stream.leave()
    if (res.destroyed) queueMicrotask(leave)
    else res.on('close', leave)
    return stream
  }
}

/** What chunks go to; false for no more until it says so. */
interface Target {
  write(chunk: Uint8Array): boolean
  end(): void
}

// what waits for a slow reader waits here
class LightStream implements ResponseStream, Content {
  readonly init: ResponseInitOf
  readonly response: Response
  readonly #listener: StreamListener
  readonly #waiting: Uint8Array[] = []
  #target: Target | undefined
  #isBlocked = false
  #isClosed = false

  constructor(init: ResponseInitOf, listener: StreamListener) {
    this.init = init
    this.#listener = listener
    this.response = lightResponse(this)
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

  writeTo(res: ServerResponse): void {
    res.writeHead(this.init.status, this.init.headers).flushHeaders()
    res.on('drain', () => this.#resume())
    this.#target = res
    this.#flush()
  }

  toResponse(): Response {
    const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      const write = (chunk: Uint8Array): boolean => {
        controller.enqueue(chunk)
        return (controller.desiredSize ?? 0) > 0
      }
      this.#target = { write, end: () => controller.close() }
      this.#flush()
    }
    const source = { start, pull: () => this.#resume(), cancel: () => this.leave() }
    return new Response(new ReadableStream(source), this.init)
  }

  #resume(): void {
    this.#isBlocked = false
    this.#flush()
  }

  #flush(): void {
    const target = this.#target
    // a write may ask for more before it returns
    while (target && !this.#isBlocked && this.#waiting.length > 0) {
      this.#isBlocked = !target.write(this.#waiting.shift() as Uint8Array)
    }
    if (!target || this.#waiting.length > 0) return
    if (this.#isClosed) this.#end()
    else if (!this.#isBlocked) this.#listener.onpull()
  }

  #end(): void {
    const target = this.#target
    this.#target = undefined
    target?.end()
  }

  leave(): void {
    this.#waiting.length = 0
    this.#target = undefined
    if (this.#isClosed) return
    this.#isClosed = true
    this.#listener.oncancel()
  }
}

Object.setPrototypeOf(
  LightResponse.prototype,
  standInFor(Response.prototype, (response) => (response as unknown as LightResponse).real),
)
