import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

const encoder = new TextEncoder()
const COMMENT = encoder.encode(': keep-alive\n\n')

/** A stream of server-sent events. */
export interface EventStream {
  /** What the client gets. */
  readonly response: Response
  /** @param id - What the client names as `Last-Event-ID`, should it lose the stream behind this message. */
  write(message: JSONRPCMessage, id?: string): void
  /** Writes an empty event: an id to come back with before there is a message, and after how long. */
  prime(id: string, retryMs: number): void
  /** Writes a comment, unless frames are waiting anyway. */
  comment(): void
  /** How many frames the client has not read. */
  backlog(): number
  /** Resolves once the client has read what was written, or has left. */
  drained(): Promise<void>
  end(): void
}

/**
 * Opens a stream: the only writer of frames, headers and keep-alive comments.
 *
 * @param keepAliveMs - Milliseconds between comments; 0 for none.
 * @param onleave - The client left.
 */
export function openEventStream(keepAliveMs: number, onleave: () => void): EventStream {
  let controller!: ReadableStreamDefaultController<Uint8Array>
  let open = true
  let onpull: (() => void) | undefined

  const body = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given
    },
    pull: () => onpull?.(),
    cancel: () => {
      stop()
      onleave()
    },
  })
  const frame = (text: string): void => {
    if (open) controller.enqueue(encoder.encode(text))
  }
  const backlog = (): number => (open ? 1 - (controller.desiredSize ?? 1) : 0)
  const comment = (): void => {
    if (open && backlog() === 0) controller.enqueue(COMMENT)
  }
  const timer = keepAliveMs > 0 ? setInterval(comment, keepAliveMs) : undefined
  // where timers hold a process open, a waiting stream is no reason to stay
  ;(timer as { unref?(): void } | undefined)?.unref?.()

  function stop(): void {
    open = false
    clearInterval(timer)
    onpull?.()
  }

  return {
    response: new Response(body, { headers: HEADERS }),
    write: (message, id) =>
      frame(`event: message\n${id ? `id: ${id}\n` : ''}data: ${JSON.stringify(message)}\n\n`),
    prime: (id, retryMs) => frame(`id: ${id}\nretry: ${retryMs}\ndata: \n\n`),
    comment,
    backlog,
    async drained() {
      while (backlog() > 0) {
        await new Promise<void>((resolve) => {
          onpull = resolve
        })
      }
    },
    end() {
      if (!open) return
      stop()
      controller.close()
    },
  }
}
