import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { KeepAlive } from './keep-alive.ts'
import { type ResponseWriter, standardWriter } from './response-writer.ts'

const INIT = {
  status: 200,
  headers: {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  },
}

const encoder = new TextEncoder()
const COMMENT = encoder.encode(': keep-alive\n\n')

/** The frame of a message. */
export const toFrame = (message: JSONRPCMessage, id?: string): Uint8Array =>
  encoder.encode(`event: message\n${id ? `id: ${id}\n` : ''}data: ${JSON.stringify(message)}\n\n`)

/** A stream of server-sent events. */
export interface EventStream {
  /** What the client gets. */
  readonly response: Response
  /** @param id - What the client names as `Last-Event-ID`, should it lose the stream behind this message. */
  write(message: JSONRPCMessage, id?: string): void
  /** Writes an empty event: an id to come back with before there is a message, and after how long. */
  prime(id: string, retryMs: number): void
  /** Writes a frame that is there already. */
  send(frame: Uint8Array): void
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
 * @param keepAlive - Says when to comment.
 * @param onleave - The client left.
 */
export function openEventStream(
  keepAlive: KeepAlive,
  onleave: () => void,
  responseWriter: ResponseWriter = standardWriter,
): EventStream {
  let open = true
  let onpull: (() => void) | undefined

  const body = responseWriter.stream(INIT, {
    onpull: () => onpull?.(),
    oncancel: () => {
      stop()
      onleave()
    },
  })
  const send = (frame: Uint8Array): void => {
    if (open) body.write(frame)
  }
  const backlog = (): number => (open ? body.backlog() : 0)
  const comment = (): void => {
    if (open && backlog() === 0) body.write(COMMENT)
  }
  const leaveAlone = keepAlive.every(comment)

  function stop(): void {
    open = false
    leaveAlone()
    onpull?.()
  }

  return {
    response: body.response,
    write: (message, id) => send(toFrame(message, id)),
    prime: (id, retryMs) => send(encoder.encode(`id: ${id}\nretry: ${retryMs}\ndata: \n\n`)),
    send,
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
      body.close()
    },
  }
}
