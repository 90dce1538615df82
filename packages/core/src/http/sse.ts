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

/** Encodes a message as an event of the stream. */
export const toFrame = (message: JSONRPCMessage, id?: string): Uint8Array =>
  encoder.encode(`event: message\n${id ? `id: ${id}\n` : ''}data: ${JSON.stringify(message)}\n\n`)

/** A stream of server-sent events. */
export interface EventStream {
  /** The response with the stream as its body. */
  readonly response: Response
  /**
   * Writes a message.
   *
   * @param id - The event id, which the client sends as `Last-Event-ID` if the stream breaks after this message.
   */
  write(message: JSONRPCMessage, id?: string): void
  /** Writes an event without a message: the id to resume from before the first message, and the retry delay. */
  prime(id: string, retryMs: number): void
  /** Writes a frame that has been encoded already. */
  send(frame: Uint8Array): void
  /** Writes a comment, unless other frames are waiting. */
  comment(): void
  /** Returns how many frames the client has not read. */
  backlog(): number
  /** Resolves once the client has read all frames or has disconnected. */
  drained(): Promise<void>
  end(): void
}

/**
 * Opens a stream of events. No other code writes frames, their headers and keep-alive comments.
 *
 * @param keepAlive - Calls back when a comment is due.
 * @param onleave - Is called when the client disconnects.
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
