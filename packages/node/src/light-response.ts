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

const CONTENT = Symbol('content')
const REAL = Symbol('real')

type Light = Response & { [CONTENT]: Content; [REAL]?: Response }

/** A response that is written to a socket without a web stream; asked for more than its status, it becomes a real one. */
function lightResponse(content: Content): Response {
  const response = Object.create(prototype) as Light
  response[CONTENT] = content
  return response
}

/** Writes a light response that nobody has touched; false for any other. */
export function writeLight(response: Response, res: ServerResponse): boolean {
  const { [CONTENT]: content, [REAL]: real } = response as Light
  if (!content || real) return false
  content.writeTo(res)
  return true
}

/** A response of text that is known. */
export const textResponse: TextResponse = (text, init) =>
  lightResponse({
    init,
    writeTo: (res) => {
      const headers = { ...init.headers, 'content-length': Buffer.byteLength(text) }
      res.writeHead(init.status, headers).end(text)
    },
    toResponse: () => new Response(text, init),
  })

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

function real(response: Light): Response {
  response[REAL] ??= response[CONTENT].toResponse()
  return response[REAL]
}

const prototype: Response = standInFor(Response.prototype, (response) => real(response as Light))

Object.defineProperty(prototype, 'status', {
  get(this: Light) {
    return this[CONTENT].init.status
  },
})
