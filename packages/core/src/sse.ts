import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

const encoder = new TextEncoder()
const COMMENT = encoder.encode(': keep-alive\n\n')

/** A stream of server-sent events: the only writer of frames, headers and keep-alive comments. */
export class EventStream {
  /** What the client gets. */
  readonly response: Response

  #controller!: ReadableStreamDefaultController<Uint8Array>
  #open = true
  #onpull: (() => void) | undefined
  readonly #timer: ReturnType<typeof setInterval> | undefined

  /**
   * @param keepAliveMs - Milliseconds between comments; 0 for none.
   * @param onleave - The client left.
   */
  constructor(keepAliveMs: number, onleave: () => void) {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller
      },
      pull: () => this.#onpull?.(),
      cancel: () => {
        this.#stop()
        onleave()
      },
    })
    this.response = new Response(body, { headers: HEADERS })
    this.#timer = keepAliveMs > 0 ? setInterval(() => this.comment(), keepAliveMs) : undefined
    unref(this.#timer)
  }

  /** How many frames the client has not read. */
  get backlog(): number {
    return this.#open ? 1 - (this.#controller.desiredSize ?? 1) : 0
  }

  write(message: JSONRPCMessage): void {
    if (this.#open)
      this.#controller.enqueue(encoder.encode(`event: message\ndata: ${JSON.stringify(message)}\n\n`))
  }

  /** Writes a comment unless frames are waiting anyway. */
  comment(): void {
    if (this.#open && this.backlog === 0) this.#controller.enqueue(COMMENT)
  }

  /** Resolves once the client has read what was written, or has left. */
  async drained(): Promise<void> {
    while (this.#open && this.backlog > 0) {
      await new Promise<void>((resolve) => {
        this.#onpull = resolve
      })
    }
  }

  end(): void {
    if (!this.#open) return
    this.#stop()
    this.#controller.close()
  }

  #stop(): void {
    this.#open = false
    clearInterval(this.#timer)
    this.#onpull?.()
  }
}

// where timers hold a process open, a waiting stream is no reason to stay
function unref(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
}
