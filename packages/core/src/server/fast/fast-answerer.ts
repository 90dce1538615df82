import type {
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  Result,
} from '@modelcontextprotocol/sdk/types.js'
import { type Refusal, toRefusal } from '../../http/errors.ts'
import type { ResponseMode } from '../../http/media-types.ts'
import { requiresInput } from '../../input/input-required.ts'
import type { ParamHeader } from '../../protocol/param-headers.ts'
import { onNextTurn } from '../../utils/event-loop.ts'
import { isPromise, type MaybePromise } from '../../utils/type-guards.ts'
import type { Answerer, Client, Introduction } from '../answerer.ts'
import { closeServer } from '../cleanup.ts'
import type { Exchange } from '../exchange.ts'
import type { ToolTaskSupport } from '../extension.ts'
import type { RequestScope } from '../request-scope.ts'
import { SdkAnswerer } from '../sdk-answerer.ts'
import { attachFastServer } from './attach-fast-server.ts'
import { answerInitialize, replyTo } from './fast-replies.ts'
import type { FastServer } from './fast-server.ts'

const NONE: readonly ParamHeader[] = []

/**
 * Answers without an exchange where it can. Streams, tools that take longer than a turn of the event loop, and
 * everything that the SDK has to answer go through an exchange: it is opened then, and an {@link SdkAnswerer} uses it.
 */
export class FastAnswerer implements Answerer {
  readonly speaksModern = false
  readonly #fast: FastServer
  readonly #scope: RequestScope
  #exchange: Exchange | undefined
  #sdk: SdkAnswerer | undefined
  #onExchangeOpen: ((exchange: Exchange) => void) | undefined
  #isEnded = false

  constructor(fast: FastServer, scope: RequestScope) {
    this.#fast = fast
    this.#scope = scope
    fast.scope = scope
    fast.answerer = this
  }

  get exchange(): Exchange {
    return this.#exchange ?? this.#openExchange()
  }

  get isOver(): boolean {
    return this.#exchange?.isOver ?? false
  }

  introduce(client: Client): MaybePromise<Introduction> {
    const params = this.#scope.initializeParams(client)
    return answerInitialize(this.#fast, params, this.#scope) ?? this.#stepAside().introduce(client)
  }

  // Reading or setting `oninitialized` makes the SDK take over, so an active fast server has no handler to call.
  initialized(): MaybePromise<void> {
    return this.#fast.isActive ? undefined : this.#stepAside().initialized()
  }

  paramHeaders(tool: string): MaybePromise<readonly ParamHeader[]> {
    if (this.#fast.mirrorsNothing(tool)) return NONE
    const { tools } = this.#scope.handler
    return tools.paramHeaders(this.#fast.self, tool, (params) => this.call('tools/list', params))
  }

  readTaskSupport(tool: string): MaybePromise<ToolTaskSupport> {
    const { taskSupport, isActive } = this.#fast
    if (isActive) return { taskSupport: taskSupport?.get(tool) ?? 'forbidden', isOwn: false }
    return this.#stepAside().readTaskSupport(tool)
  }

  discover(result: Result, request: JSONRPCRequest): MaybePromise<Result> {
    return this.#fast.isActive ? result : this.#stepAside().discover(result, request)
  }

  handles(method: string): boolean {
    return !this.#fast.isActive && this.#stepAside().handles(method)
  }

  call(method: string, params: object): Promise<JSONRPCResponse> {
    return this.#stepAside().call(method, params)
  }

  send(request: JSONRPCRequest, mode: ResponseMode): MaybePromise<JSONRPCResponse | Exchange> {
    if (mode === 'sse' || !this.#fast.isActive || this.#exchange) return this.#stepAside().send(request, mode)
    const reply = replyTo(this.#fast, request, this.#scope)
    return isPromise(reply) ? this.#concludeInTime(request, reply) : this.#conclude(request, reply)
  }

  sendAll(messages: readonly (JSONRPCRequest | JSONRPCNotification)[]): Exchange {
    return this.#stepAside().sendAll(messages)
  }

  // Registering a handler makes the SDK take over, so an active fast server has no handlers for notifications.
  notify(notification: JSONRPCNotification): void {
    if (!this.#fast.isActive) this.#stepAside().notify(notification)
  }

  answer(response: JSONRPCResponse, mode: ResponseMode): JSONRPCResponse | Exchange {
    if (mode === 'sse') return this.#stepAside().answer(response, mode)
    this.end()
    return response
  }

  lacksMethod(namesTarget: boolean): boolean {
    return this.#exchange?.lacksMethod(namesTarget) ?? false
  }

  end(reason?: Refusal): void {
    const { handler } = this.#scope
    if (this.#exchange) this.#exchange.end(reason)
    else if (!this.#isEnded)
      closeServer(handler, this.#fast.self, reason !== undefined || this.#fast.isActive)
    this.#isEnded = true
  }

  #stepAside(): SdkAnswerer {
    this.#sdk ??= new SdkAnswerer(this.#fast.self, this.exchange, this.#scope)
    return this.#sdk
  }

  #openExchange(): Exchange {
    const exchange = this.#scope.openExchange()
    const { handler } = this.#scope
    // The exchange of a handler that is closed is over already, and closing the server reads it.
    this.#exchange = exchange
    exchange.whenOver((failure) => {
      closeServer(handler, this.#fast.self, failure !== undefined || this.#fast.isActive)
    })
    attachFastServer(this.#fast, exchange)
    if (this.#isEnded) exchange.end()
    this.#onExchangeOpen?.(exchange)
    return exchange
  }

  /**
   * Concludes with the reply if it comes before the event loop has turned. Otherwise the exchange is opened, so that
   * the call can be cancelled and can send notifications; the reply is sent through it.
   */
  #concludeInTime(
    request: JSONRPCRequest,
    reply: Promise<JSONRPCResponse | undefined>,
  ): Promise<JSONRPCResponse | Exchange> {
    return new Promise((resolve) => {
      this.#onExchangeOpen = resolve
      if (this.#exchange) resolve(this.#exchange)
      reply
        .then((response) => resolve(this.#conclude(request, response)))
        // The reader of the exchange, which is opened by this if it is not, gets the error.
        .catch((error) => this.exchange.end(toRefusal(error)))
      // Reading the exchange opens it, unless the call has ended.
      onNextTurn(() => this.#isEnded || this.exchange)
    })
  }

  /** Returns a result as the answer; sends anything else through the exchange. */
  #conclude(request: JSONRPCRequest, reply: JSONRPCResponse | undefined): JSONRPCResponse | Exchange {
    if (!this.#exchange && reply && 'result' in reply && reply.result.isError !== true) {
      if (!('resultType' in reply.result && requiresInput(reply))) {
        this.end()
        return reply
      }
    }
    const { exchange } = this
    if (reply) exchange.send(reply).catch((error) => exchange.end(toRefusal(error)))
    else this.#fast.pass(request, this.#scope)
    return exchange
  }
}
