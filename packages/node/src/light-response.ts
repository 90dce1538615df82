import type { ServerResponse } from 'node:http'
import type { ResponseInitOf, StreamResponse, TextResponse } from '@portico-mcp/core'

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

/** A response of chunks that come one by one; what waits for a slow reader waits here. */
export const streamResponse: StreamResponse = (init, { onpull, oncancel }) => {
  const waiting: Uint8Array[] = []
  let write: ((chunk: Uint8Array) => boolean) | undefined
  let end: (() => void) | undefined
  let isBlocked = false
  let isClosed = false

  function flush(): void {
    while (write && !isBlocked && waiting.length > 0) isBlocked = !write(waiting.shift() as Uint8Array)
    if (isBlocked || waiting.length > 0 || !write) return
    if (isClosed) finish()
    else onpull()
  }

  function finish(): void {
    end?.()
    end = undefined
  }

  function leave(): void {
    if (isClosed) return
    isClosed = true
    waiting.length = 0
    oncancel()
  }

  function writeTo(res: ServerResponse): void {
    if (res.destroyed) {
      leave()
      return
    }
    res.writeHead(init.status, init.headers).flushHeaders()
    res.on('close', leave)
    res.on('drain', () => {
      isBlocked = false
      flush()
    })
    write = (chunk) => res.write(chunk)
    end = () => res.end()
    flush()
  }

  function toResponse(): Response {
    const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      write = (chunk) => {
        controller.enqueue(chunk)
        return (controller.desiredSize ?? 0) > 0
      }
      end = () => controller.close()
      flush()
    }
    const pull = (): void => {
      isBlocked = false
      flush()
    }
    return new Response(new ReadableStream({ start, pull, cancel: leave }), init)
  }

  return {
    response: lightResponse({ init, writeTo, toResponse }),
    write(chunk) {
      if (isClosed) return
      waiting.push(chunk)
      if (waiting.length === 1) flush()
    },
    backlog: () => waiting.length + Number(isBlocked),
    close() {
      if (isClosed) return
      isClosed = true
      flush()
    },
  }
}

function real(response: Light): Response {
  response[REAL] ??= response[CONTENT].toResponse()
  return response[REAL]
}

const prototype: Response = Object.create(
  Response.prototype,
  Object.fromEntries(
    Object.entries(Object.getOwnPropertyDescriptors(Response.prototype))
      .filter(([name]) => name !== 'constructor')
      .map(([name, { get }]) => [name, get ? { get: gets(name as keyof Response) } : { value: calls(name) }]),
  ),
)

function gets(name: keyof Response) {
  return function (this: Light): unknown {
    return name === 'status' ? this[CONTENT].init.status : real(this)[name]
  }
}

function calls(name: string) {
  return function (this: Light, ...args: unknown[]): unknown {
    const response = real(this) as unknown as Record<string, (...args: unknown[]) => unknown>
    return response[name]!(...args)
  }
}
