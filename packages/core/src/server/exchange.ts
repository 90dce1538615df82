import type { TransportSendOptions } from '@modelcontextprotocol/sdk/shared/transport.js'
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
import { ReplyQueue } from './reply-queue.ts'
import { ServerTransport } from './server-transport.ts'

/** The id of a request of the host itself; it is changed if a request of the client has the same. */
const CALL_ID = 'portico'

/** Takes what a server sends in an exchange. */
export interface ExchangeListener {
  /** The server sends the client a request. */
  onrequest(request: JSONRPCRequest): void
  /** The server gives its final reply; undefined if another reply will take its place. */
  onanswer(response: JSONRPCResponse): JSONRPCResponse | undefined
  /** The server sends a notification; true if it belongs among the replies. */
  onnotification(notification: JSONRPCNotification, options?: TransportSendOptions): boolean
  /** The server sends a message that can no longer be delivered. */
  ondropped(message: JSONRPCNotification | JSONRPCRequest): void
}

/**
 * The transport that a server sees for one HTTP request. Messages of the client go in through `deliver`; the replies
 * are read from `replies`.
 */
export class Exchange extends ServerTransport {
  /** Whether neither a timeout nor a client that disconnects ends it: a subscription stream or an extension does. */
  isKept = false
  /** Advice for the author of a server whose client cannot be reached; undefined if it can be. */
  remedy: string | undefined
  /** Whether the server has not got a request yet: changes that it announces now belong to its setup. */
  isIntroducing = false
  /** The replies to the client. */
  readonly replies: ReplyQueue = new ReplyQueue()

  readonly #listener: ExchangeListener
  #isHanding = false
  #notFound: 'at once' | 'later' | undefined
  #oncall: ((response: JSONRPCResponse) => void) | undefined
  #callId = CALL_ID
  /** Requests of the server that its client has not answered. */
  readonly #asked = new Set<RequestId>()
  #onquiet: (() => void) | undefined

  constructor(listener: ExchangeListener) {
    super()
    this.#listener = listener
  }

  /** Whether every request has its final reply, or none will come. */
  get isOver(): boolean {
    return this.replies.isOver
  }

  /** Whether the server waits for an answer of its client. */
  get isAsking(): boolean {
    return !this.isOver && this.#asked.size > 0
  }

  /** Calls back once the server waits for no answer of its client or the exchange is over, immediately if that is so. */
  whenQuiet(callback: () => void): void {
    if (this.isAsking) {
      this.#onquiet = callback
      this.whenOver(callback)
    } else callback()
  }

  /** Hands the server a message from the client. */
  deliver(message: JSONRPCMessage, extra?: MessageExtraInfo): void {
    if (this.isOver) return
    if (isRequest(message)) this.isIntroducing = false
    this.hand(message, extra)
    if (isResponse(message)) this.#forgetQuestion(message.id as RequestId)
    // A request that is cancelled has no reply.
    if (isNotification(message) && message.method === 'notifications/cancelled') {
      this.replies.settle(message.params?.requestId as RequestId)
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
   * Whether the server has no handler for a method that was delivered. The SDKs answer so before `onmessage` returns,
   * which is before any handler can throw. Other servers may take longer, and use the message of the JSON-RPC
   * specification.
   *
   * @param namesTarget - Whether the method names a tool, a prompt or the like: its handler may give the same answer for a
   *   name that it does not know.
   */
  lacksMethod(namesTarget: boolean): boolean {
    return this.#notFound === 'at once' || (this.#notFound === 'later' && !namesTarget)
  }

  /**
   * Sends the server a request of the host; the response does not reach the client. It resolves with an error response
   * if the exchange is over first, and rejects if the exchange fails.
   */
  call(method: string, params: object, extra?: MessageExtraInfo): Promise<JSONRPCResponse> {
    while (this.replies.pending.has(this.#callId)) this.#callId += '-'
    const id = this.#callId
    return this.replies.unlessFailed(
      new Promise((resolve) => {
        let isAnswered = false
        this.#oncall = (response) => {
          isAnswered = true
          resolve(response)
        }
        // The error is created only here: it captures a stack, which takes a sixth of the time of an SDK call.
        this.whenOver(() => {
          if (!isAnswered) resolve(errorMessage(id, toRefusal(new Error('The exchange is over'))))
        })
        this.onmessage?.({ jsonrpc: '2.0', id, method, params: { ...params } }, extra)
      }),
    )
  }

  /** Gives a request its final reply. */
  answer(response: JSONRPCResponse): void {
    this.replies.answer(response)
  }

  /** Ends the exchange. With a failure, the reader gets that in place of the replies that it has not read. */
  end(failure?: Refusal): void {
    if (this.isOver) return
    if (failure) this.replies.clear()
    this.replies.end(failure)
  }

  /** Calls back once the exchange is over, immediately if it is. */
  whenOver(callback: (failure?: Refusal) => void): void {
    this.replies.whenOver(callback)
  }

  async send(message: JSONRPCMessage, options?: TransportSendOptions): Promise<void> {
    if (isResponse(message)) return this.#reply(message)
    if (this.isOver) return this.#listener.ondropped(message)
    if (isRequest(message)) {
      this.#asked.add(message.id)
      return this.#listener.onrequest(message)
    }
    if (message.method === 'notifications/cancelled') {
      this.#forgetQuestion(message.params?.requestId as RequestId)
    }
    if (this.replies.isAbandoned) return this.#listener.ondropped(message)
    if (this.#listener.onnotification(message, options)) await this.replies.push(message)
  }

  protected onend(): void {
    if (!this.isOver) this.end(toRefusal(new Error('The server closed before it answered')))
  }

  #reply(response: JSONRPCResponse): void {
    if (this.isOver) return
    if ('error' in response && response.error.code === METHOD_NOT_FOUND) {
      if (this.#isHanding) this.#notFound = 'at once'
      else if (response.error.message === 'Method not found') this.#notFound = 'later'
    }
    if (this.replies.awaits(response.id as RequestId)) {
      const answer = this.#listener.onanswer(response)
      if (answer) this.answer(answer)
    } else if (response.id === this.#callId) this.#oncall?.(response)
  }

  #forgetQuestion(id: RequestId): void {
    if (this.#asked.delete(id) && this.#asked.size === 0) this.#onquiet?.()
  }
}
