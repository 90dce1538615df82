import type { JSONRPCRequest, JSONRPCResponse, Result } from '@modelcontextprotocol/sdk/types.js'
import { Refusal, toRefusal } from '../http/errors.ts'
import type { Envelope } from '../protocol/envelope.ts'
import { type AnsweredRequests, collectAnswers, readResponses } from './answered-requests.ts'
import {
  type ClientRequester,
  findMissingCapability,
  findRequestRefusal,
  type RequestingExchange,
  type ServerRequest,
} from './client-requests.ts'
import { type Interim, normalizeRequest, readInterim } from './interim-result.ts'
import {
  ensureCallId,
  getRequestContext,
  type RequestContext,
  type ServerExtra,
  setRequestContext,
  UNKNOWN_CALL,
} from './request-context.ts'
import { type CallState, digest, type RequestStates } from './request-state.ts'
import { requiresTask, runAsTask } from './run-as-task.ts'

/** The part of a handler that rounds use. */
export interface RoundContext {
  readonly states: RequestStates
  readonly settings: { readonly requestState: { keys: readonly unknown[]; maxRounds: number } }
}

/**
 * Continues a 2026-07-28 call with the answers of its client (multi round-trip requests).
 *
 * @throws Refusal if `requestState` or `inputResponses` is not valid.
 */
export async function reopenRound(
  handler: RoundContext,
  request: JSONRPCRequest,
  envelope: Envelope,
  extra: ServerExtra,
): Promise<ClientRequester> {
  const { requestState } = request.params ?? {}
  const inputResponses = readResponses(request.params?.inputResponses)
  const before =
    requestState === undefined ? FIRST : await handler.states.open(requestState, request, extra.authInfo)
  setRequestContext(extra, request.id, {
    round: before.round,
    inputResponses,
    requestState: before.requestState,
    done: new Map(before.done),
    doing: new Map(),
    callId: before.callId,
  })
  return new InputRound(handler, request, envelope, extra, collectAnswers(before.asked, inputResponses))
}

const FIRST: CallState = { round: 0, asked: [[]], done: [], callId: UNKNOWN_CALL }

/**
 * One run of a handler, from its start. Requests that the client answered in earlier rounds get the same answers; the
 * first requests beyond those end the round.
 */
export class InputRound implements ClientRequester {
  readonly #handler: RoundContext
  readonly #request: JSONRPCRequest
  readonly #envelope: Envelope
  readonly #extra: ServerExtra
  #memory: AnsweredRequests | undefined
  readonly #refused: Refusal[] = []
  readonly #waiting: { question: ServerRequest; resolve(result: Result): void }[] = []
  #settling: Promise<void> | undefined

  constructor(
    handler: RoundContext,
    request: JSONRPCRequest,
    envelope: Envelope,
    extra: ServerExtra,
    memory?: AnsweredRequests,
  ) {
    this.#handler = handler
    this.#request = request
    this.#envelope = envelope
    this.#extra = extra
    this.#memory = memory
  }

  get #context(): RequestContext {
    return getRequestContext({ requestId: this.#request.id, requestInfo: this.#extra.requestInfo })
  }

  async ask(question: ServerRequest, exchange: RequestingExchange): Promise<Result> {
    const refusal = findRequestRefusal(question, this.#envelope.clientCapabilities)
    if (refusal?.reason === 'missing-capability') this.#refused.push(refusal)
    if (refusal) throw refusal
    return new Promise((resolve) => {
      this.#waiting.push({ question: normalizeRequest(question), resolve })
      this.#settling ??= this.#settle(exchange).catch((error) => exchange.end(toRefusal(error)))
    })
  }

  answer(response: JSONRPCResponse, exchange: RequestingExchange): JSONRPCResponse | undefined {
    if (requiresTask(response, this.#request)) {
      runAsTask(exchange, this.#request, this.#extra).then(
        (result) => exchange.answer(result),
        (error) => exchange.end(toRefusal(error)),
      )
      return undefined
    }
    const interim = readInterim(response)
    const refusal = interim
      ? undefined
      : findMissingCapability(response, this.#refused, this.#envelope.clientCapabilities)
    if (!interim && !refusal) return response
    if (refusal) exchange.end(refusal)
    else if (interim) this.#end(exchange, interim).catch((error) => exchange.end(toRefusal(error)))
    return undefined
  }

  /** Answers the requests whose answers are known, until no more come; then ends the round with the others. */
  async #settle(exchange: RequestingExchange): Promise<void> {
    const context = this.#context
    this.#memory ??= collectAnswers(FIRST.asked)
    const inputRequests: Record<string, ServerRequest> = {}
    let open = 0
    while (this.#waiting.length > 0 || context.doing.size > 0) {
      for (const { question, resolve } of this.#waiting.splice(0)) {
        const key = `ask-${context.round + 1}-${open + 1}`
        const known = this.#memory.recall(await digest(question), key, question.method)
        if (known) resolve(known)
        else {
          inputRequests[key] = question
          open++
        }
      }
      // Work of `once` has to be done before its round ends, or its result would be lost.
      await Promise.allSettled(context.doing.values())
      // After a turn of the event loop, the handler has made every request that does not wait for something else.
      await new Promise((resolve) => setTimeout(resolve))
    }
    this.#settling = undefined
    if (open > 0) await this.#end(exchange, { inputRequests })
  }

  async #end(exchange: RequestingExchange, interim: Interim): Promise<void> {
    const context = this.#context
    while (context.doing.size > 0) await Promise.allSettled(context.doing.values())
    context.over = true
    this.#check(interim)
    const requestState = await this.#carry(interim.requestState)
    const result = { resultType: 'input_required', ...interim, requestState }
    exchange.answer({ jsonrpc: '2.0', id: this.#request.id, result })
  }

  #check({ inputRequests = {}, requestState }: Interim): void {
    const questions = Object.values(inputRequests)
    if (questions.length === 0 && typeof requestState !== 'string') {
      throw new Error('input_required has neither inputRequests nor requestState')
    }
    for (const question of questions) {
      const refusal = findRequestRefusal(question, this.#envelope.clientCapabilities)
      if (refusal) throw refusal
    }
  }

  /** Seals the state of the next round; undefined if there is no state. */
  async #carry(requestState: string | undefined): Promise<string | undefined> {
    const { states, settings } = this.#handler
    const { maxRounds } = settings.requestState
    const context = this.#context
    const round = context.round + 1
    if (round > maxRounds) throw new Refusal('too-many-rounds', `The call took ${maxRounds} rounds`)
    const asked = this.#memory?.asked() ?? FIRST.asked
    // Without configured keys, only this process can decrypt a state. A call that carries nothing gets none, so that
    // another process can continue it.
    const hasKeys = settings.requestState.keys.length > 0
    const carries = hasKeys || requestState !== undefined || context.done.size > 0 || asked.flat().length > 0
    if (!carries) return undefined
    const state = { round, asked, done: [...context.done], requestState, callId: ensureCallId(context) }
    return states.seal(state, this.#request, this.#extra.authInfo)
  }
}
