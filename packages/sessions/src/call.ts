import type {
  JSONRPCMessage,
  JSONRPCRequest,
  JSONRPCResponse,
  RequestId,
} from '@modelcontextprotocol/sdk/types.js'
import type { Refusal } from '@portico-mcp/core'
import type { ServerExtra } from '@portico-mcp/core/internal'

/** How many replies may wait for a slow reader before the server's `send` waits too. */
const HIGH_WATER_MARK = 256

/**
 * The requests of one POST and their replies, as an async iterator that is done when each has its final one.
 */
export class Call implements AsyncIterableIterator<JSONRPCMessage> {
  /** Requests that wait for their final reply. */
  readonly pending: Map<RequestId, JSONRPCRequest>
  /** The stream that the replies can be read from again; undefined where they cannot. */
  readonly stream: string | undefined
  /** Whether a notification or a question can be sent before the answer. */
  readonly streams: boolean
  /** What the server was told with the requests. */
  extra: ServerExtra = {}
  /** Closes the connection, not the call: the client comes back for the rest. */
  disconnect: () => void = () => {}

  readonly #onover: () => void
  readonly #replies: JSONRPCMessage[] = []
  readonly #ondrain: (() => void)[] = []
  #failure: Refusal | undefined
  #onreply: (() => void) | undefined
  #abandoned = false

  constructor(
    requests: readonly JSONRPCRequest[],
    { stream, streams, onover }: { stream: string | undefined; streams: boolean; onover(): void },
  ) {
    this.pending = new Map(requests.map((request) => [request.id, request]))
    this.stream = stream
    this.streams = streams
    this.#onover = onover
  }

  /** Adds a notification or a question; waits while the client reads too slowly. */
  push(message: JSONRPCMessage): Promise<void> | void {
    if (this.#abandoned || this.#isOver) return
    this.#replies.push(message)
    this.#onreply?.()
    if (this.#replies.length >= HIGH_WATER_MARK) return new Promise((resolve) => this.#ondrain.push(resolve))
  }

  /** Whether a request still waits for its final reply. */
  awaits(id: RequestId): boolean {
    return this.#failure === undefined && this.pending.has(id)
  }

  /** Gives a request its final reply. */
  answer(response: JSONRPCResponse): void {
    if (!this.pending.has(response.id as RequestId)) return
    this.push(response)
    this.settle(response.id as RequestId)
  }

  /** Waits no longer for a reply: it came, or the request is cancelled. */
  settle(id: RequestId): void {
    if (!this.pending.delete(id) || this.pending.size > 0) return
    this.#onreply?.()
    this.#onover()
  }

  /** Ends the call early: whoever reads it gets the refusal. */
  fail(failure: Refusal): void {
    if (this.#isOver) return
    this.#failure = failure
    this.#onreply?.()
    this.#drain()
    this.#onover()
  }

  /** Lets the server finish while nobody reads. */
  abandon(): void {
    this.#abandoned = true
    this.#replies.length = 0
    this.#drain()
  }

  async next(): Promise<IteratorResult<JSONRPCMessage, undefined>> {
    for (;;) {
      const value = this.#replies.shift()
      if (this.#replies.length < HIGH_WATER_MARK) this.#drain()
      if (value) return { done: false, value }
      if (this.#failure) throw this.#failure
      if (this.pending.size === 0) return { done: true, value: undefined }
      await new Promise<void>((resolve) => {
        this.#onreply = resolve
      })
    }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  get #isOver(): boolean {
    return this.pending.size === 0 || this.#failure !== undefined
  }

  #drain(): void {
    for (const resolve of this.#ondrain.splice(0)) resolve()
  }
}
