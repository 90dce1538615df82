import type { Transport, TransportSendOptions } from '@modelcontextprotocol/sdk/shared/transport.js'
import type {
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  MessageExtraInfo,
  RequestId,
} from '@modelcontextprotocol/sdk/types.js'
import { METHOD_NOT_FOUND, type Refusal, toRefusal } from '../http/errors.ts'
import { errorMessage, isNotification, isRequest, isResponse } from '../protocol/json-rpc.ts'
import type { HostTransport } from './connect-server.ts'

/** The id of what the host asks, unless a request of the client has it. */
const CALL_ID = 'portico'

/** How many replies may wait for a slow reader before `send` waits too. */
const HIGH_WATER_MARK = 256

/** What an exchange hands on rather than replies with. */
export interface ExchangeListener {
  /** The server asks the client something. */
  onrequest(request: JSONRPCRequest): void
  /** The server gives its final reply; undefined for one that another will stand for. */
  onanswer(response: JSONRPCResponse): JSONRPCResponse | undefined
  /** The server sends a notification; true if it belongs among the replies. */
  onnotification(notification: JSONRPCNotification, options?: TransportSendOptions): boolean
  /** The server sends a message that can no longer be delivered. */
  ondropped(message: JSONRPCNotification | JSONRPCRequest): void
}

/**
 * The transport that a server sees for one HTTP request. Messages go in through `deliver`; replies come
 * out as an async iterator that is done when every request has its final one.
 */
export class Exchange implements HostTransport, AsyncIterableIterator<JSONRPCMessage> {
  onmessage?: Transport['onmessage']
  onclose?: Transport['onclose']
  onerror?: Transport['onerror']

  /** Whether it lasts as long as a stream, and not until an answer. */
  isKept = false
  /** What to do about a client that cannot be reached; undefined where it can be. */
  wayOut: string | undefined
  /** Requests that wait for their final reply. */
  readonly pending: RequestId[] = []
  /** Whether the server has not been given anything to do yet: what changes now is how it sets itself up. */
  isIntroducing = false

  readonly #listener: ExchangeListener
  readonly #replies: (JSONRPCMessage | undefined)[] = []
  #taken = 0
  readonly #onover: ((failure?: Refusal) => void)[] = []
  #over = false
  #closed = false
  #abandoned = false
  #isHanding = false
  #notFound: 'at once' | 'later' | undefined
  #failure: Refusal | undefined
  #oncall: ((response: JSONRPCResponse) => void) | undefined
  #callId = CALL_ID
  #onstart: (() => void) | undefined
  #started = false
  /** What the server has asked its client, and got no answer to. */
  readonly #asked = new Set<RequestId>()
  #onquiet: (() => void) | undefined
  #onreply: (() => void) | undefined
  readonly #ondrain: (() => void)[] = []

  constructor(listener: ExchangeListener) {
    this.#listener = listener
  }

  /** Whether every request has its final reply, or none will come. */
  get isOver(): boolean {
    return this.#over
  }

  /** Whether there is nothing to read any more. */
  get isRead(): boolean {
    return this.#over && !this.#failure && this.#waiting === 0
  }

  /** The reply that is there before any has been read. */
  get firstReply(): JSONRPCMessage | undefined {
    return this.#replies[this.#taken]
  }

  /** Takes on a request: the exchange is over once each has its final reply. */
  expect({ id }: JSONRPCRequest): void {
    this.pending.push(id)
  }

  /** Whether the server waits for an answer of its client. */
  get isAsking(): boolean {
    return !this.#over && this.#asked.size > 0
  }

  /** Calls back once the server waits for no answer of its client, or the exchange is over. */
  whenQuiet(callback: () => void): void {
    if (this.isAsking) this.#onquiet = callback
    else callback()
  }

  /** Hands the server a message from the client. */
  deliver(message: JSONRPCMessage, extra?: MessageExtraInfo): void {
    if (this.#over) return
    if (isRequest(message)) this.isIntroducing = false
    this.hand(message, extra)
    if (isResponse(message)) this.#forgetQuestion(message.id as RequestId)
    if (isNotification(message) && message.method === 'notifications/cancelled') {
      this.#settle(message.params?.requestId as RequestId)
    }
  }

  /** Passes a message to the current `onmessage`. */
  hand(message: JSONRPCMessage, extra?: MessageExtraInfo): void {
    this.#isHanding = true
    try {
      this.onmessage?.(message, extra)
    } finally {
      this.#isHanding = false
    }
  }

  /**
   * Whether the server has no handler for a method that was delivered. The SDKs say so before `onmessage`
   * returns, which is too early for anything that a handler throws. Other servers may take longer, and use the
   * words of JSON-RPC.
   *
   * @param isCall - Whether a handler may say the same, of the tool or the prompt that it does not have.
   */
  lacksMethod(isCall: boolean): boolean {
    return this.#notFound === 'at once' || (this.#notFound === 'later' && !isCall)
  }

  /**
   * Asks the server something for the host; the response is no reply to the client. It is an error where the
   * exchange is over first, and the promise rejects where it fails.
   */
  call(method: string, params: object, extra?: MessageExtraInfo): Promise<JSONRPCResponse> {
    while (this.pending.includes(this.#callId)) this.#callId += '-'
    const id = this.#callId
    return this.unlessFailed(
      new Promise((resolve) => {
        let isAnswered = false
        this.#oncall = (response) => {
          isAnswered = true
          resolve(response)
        }
        // Each error captures a stack, which costs a call of the SDK's class a sixth of its time.
        this.whenOver(() => {
          if (!isAnswered) resolve(errorMessage(id, toRefusal(new Error('The exchange is over'))))
        })
        this.onmessage?.({ jsonrpc: '2.0', id, method, params: { ...params } }, extra)
      }),
    )
  }

  async start(): Promise<void> {
    this.#started = true
    this.#onstart?.()
  }

  get isStarted(): boolean {
    return this.#started
  }

  whenStarted(callback: () => void): void {
    if (this.#started) callback()
    else this.#onstart = callback
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    if (isResponse(message)) {
      if (this.#over) return
      if ('error' in message && message.error.code === METHOD_NOT_FOUND) {
        if (this.#isHanding) this.#notFound = 'at once'
        else if (message.error.message === 'Method not found') this.#notFound = 'later'
      }
      const isFinal = this.pending.includes(message.id as RequestId)
      const answer = isFinal ? this.#listener.onanswer(message) : message
      return answer && this.answer(answer)
    }
    if (this.#over) return this.#listener.ondropped(message)
    if (isRequest(message)) {
      this.#asked.add(message.id)
      return this.#listener.onrequest(message)
    }
    if (message.method === 'notifications/cancelled') {
      this.#forgetQuestion(message.params?.requestId as RequestId)
    }
    if (this.#abandoned) return this.#listener.ondropped(message)
    if (this.#listener.onnotification(message, options)) await this.#push(message)
  }

  /** Gives a request its final reply. */
  answer(response: JSONRPCResponse): void {
    const id = response.id as RequestId
    if (this.pending.includes(id) && !this.#over) {
      this.#push(response)
      this.#settle(id)
    } else if (id === this.#callId) this.#oncall?.(response)
  }

  /** Ends the exchange; if it is for a failure, whoever reads it gets the refusal. */
  end(failure?: Refusal): void {
    if (this.#over) return
    this.#over = true
    this.#failure = failure
    if (failure) this.#forget()
    this.#onreply?.()
    this.#onquiet?.()
    this.#drain()
    for (const callback of this.#onover) callback(failure)
  }

  /** Calls back once the exchange is over, at once if it is. */
  whenOver(callback: (failure?: Refusal) => void): void {
    if (this.#over) callback(this.#failure)
    else this.#onover.push(callback)
  }

  /** Settles as the promise does, or with the refusal if the exchange fails first. */
  unlessFailed<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.whenOver((failure) => failure && reject(failure))
      promise.then(resolve, reject)
    })
  }

  /** Lets the server finish while nobody reads. */
  abandon(): void {
    this.#abandoned = true
    this.#forget()
    this.#drain()
  }

  /** The server's side is closed; a request that has no reply will never get one. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (!this.#over) this.end(toRefusal(new Error('The server closed before it answered')))
    this.onclose?.()
  }

  async next(): Promise<IteratorResult<JSONRPCMessage, undefined>> {
    for (;;) {
      const value = this.#take()
      if (this.#waiting < HIGH_WATER_MARK) this.#drain()
      if (value) return { done: false, value }
      if (this.#failure) throw this.#failure
      if (this.#over) return { done: true, value: undefined }
      await new Promise<void>((resolve) => {
        this.#onreply = resolve
      })
    }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #forgetQuestion(id: RequestId): void {
    if (this.#asked.delete(id) && this.#asked.size === 0) this.#onquiet?.()
  }

  // what is cancelled has no reply
  #settle(id: RequestId): void {
    const index = this.pending.indexOf(id)
    if (index >= 0) this.pending.splice(index, 1)
    if (index >= 0 && this.pending.length === 0) this.end()
  }

  #push(reply: JSONRPCMessage): Promise<void> | void {
    if (this.#abandoned) return
    this.#replies.push(reply)
    this.#onreply?.()
    if (this.#waiting >= HIGH_WATER_MARK) return new Promise((resolve) => this.#ondrain.push(resolve))
  }

  get #waiting(): number {
    return this.#replies.length - this.#taken
  }

  // not `shift`: it moves all that are left
  #take(): JSONRPCMessage | undefined {
    const reply = this.#replies[this.#taken]
    if (!reply) return undefined
    this.#replies[this.#taken++] = undefined
    if (this.#waiting === 0) this.#forget()
    return reply
  }

  #forget(): void {
    this.#replies.length = 0
    this.#taken = 0
  }

  #drain(): void {
    for (const resolve of this.#ondrain.splice(0)) resolve()
  }
}
