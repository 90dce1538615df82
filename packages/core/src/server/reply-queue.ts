import type {
  JSONRPCMessage,
  JSONRPCRequest,
  JSONRPCResponse,
  RequestId,
} from '@modelcontextprotocol/sdk/types.js'
import type { Refusal } from '../http/errors.ts'

/** How many replies may wait for a slow reader before `push` waits too. */
const HIGH_WATER_MARK = 256

/**
 * The requests of one HTTP request and their replies, as an async iterator for one reader. It is done when each
 * request has its final reply, and throws the refusal that it was ended with.
 */
export class ReplyQueue implements AsyncIterableIterator<JSONRPCMessage> {
  /** Requests that wait for their final reply. */
  readonly pending: Map<RequestId, JSONRPCRequest> = new Map()

  readonly #replies: (JSONRPCMessage | undefined)[] = []
  #readCount = 0
  #isOver = false
  #isAbandoned = false
  #failure: Refusal | undefined
  #onreply: (() => void) | undefined
  readonly #ondrain: (() => void)[] = []
  readonly #onover: ((failure?: Refusal) => void)[] = []

  /** Whether every request has its final reply, or none will come. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Whether every reply has been read, and no other will come. */
  get isRead(): boolean {
    return this.#isOver && !this.#failure && this.#unreadCount === 0
  }

  /** Whether `abandon` was called. */
  get isAbandoned(): boolean {
    return this.#isAbandoned
  }

  /** The next reply to be read, if it is there already. */
  get firstReply(): JSONRPCMessage | undefined {
    return this.#replies[this.#readCount]
  }

  /** Adds a request: the queue is over once each has its final reply. */
  expect(request: JSONRPCRequest): void {
    this.pending.set(request.id, request)
  }

  /** Whether a request still waits for its final reply. */
  awaits(id: RequestId): boolean {
    return !this.#isOver && this.pending.has(id)
  }

  /** Adds a message. If the reader is too slow, the promise resolves when it has caught up. */
  push(message: JSONRPCMessage): Promise<void> | void {
    if (this.#isAbandoned || this.#isOver) return
    this.#replies.push(message)
    this.#onreply?.()
    if (this.#unreadCount >= HIGH_WATER_MARK) return new Promise((resolve) => this.#ondrain.push(resolve))
  }

  /** Adds the final reply of a request; it is ignored if the request waits for none. */
  answer(response: JSONRPCResponse): void {
    const id = response.id as RequestId
    if (!this.awaits(id)) return
    this.push(response)
    this.settle(id)
  }

  /** Stops waiting for the final reply of a request: it has come, or the request is cancelled. */
  settle(id: RequestId): void {
    if (this.pending.delete(id) && this.pending.size === 0) this.end()
  }

  /**
   * Ends the queue. Messages that were added before can still be read.
   *
   * @param failure - The error that the reader gets after them.
   */
  end(failure?: Refusal): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#failure = failure
    this.#onreply?.()
    this.#drain()
    for (const callback of this.#onover) callback(failure)
  }

  /** Calls back once the queue is over, immediately if it is. */
  whenOver(callback: (failure?: Refusal) => void): void {
    if (this.#isOver) callback(this.#failure)
    else this.#onover.push(callback)
  }

  /** Settles as the promise does, or rejects with the refusal if the queue is ended with one first. */
  unlessFailed<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.whenOver((failure) => failure && reject(failure))
      promise.then(resolve, reject)
    })
  }

  /** Drops this and every later message, so that the server can finish without a reader. */
  abandon(): void {
    this.#isAbandoned = true
    this.clear()
    this.#drain()
  }

  /** Drops the messages that have not been read. */
  clear(): void {
    this.#replies.length = 0
    this.#readCount = 0
  }

  async next(): Promise<IteratorResult<JSONRPCMessage, undefined>> {
    for (;;) {
      const value = this.#read()
      if (this.#unreadCount < HIGH_WATER_MARK) this.#drain()
      if (value) return { done: false, value }
      if (this.#failure) throw this.#failure
      if (this.#isOver) return { done: true, value: undefined }
      await new Promise<void>((resolve) => {
        this.#onreply = resolve
      })
    }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  get #unreadCount(): number {
    return this.#replies.length - this.#readCount
  }

  // `shift` would move all remaining messages.
  #read(): JSONRPCMessage | undefined {
    const reply = this.#replies[this.#readCount]
    if (!reply) return undefined
    this.#replies[this.#readCount++] = undefined
    if (this.#unreadCount === 0) this.clear()
    return reply
  }

  #drain(): void {
    for (const resolve of this.#ondrain.splice(0)) resolve()
  }
}
