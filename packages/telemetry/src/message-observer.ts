import type { ExchangeObserver, ObservedHead, ResponseEnd } from '@portico-mcp/core/internal'
import { isObject } from './calls.ts'
import { createFrameReader } from './frame-reader.ts'
import type { Operation, RequestScope } from './operation.ts'
import { findReason } from './rejection.ts'
import { isReply, type Outcome, readMessages, readOutcome } from './reply.ts'
import { OTHER } from './series-names.ts'

/** Observes the response to a request, and ends the operation of each message when its reply is sent. */
export class MessageObserver implements ExchangeObserver {
  readonly #scope: RequestScope
  readonly #operations: readonly Operation[]
  readonly #request: Request
  #status: number | undefined
  #text: string | undefined
  #readChunk: ((chunk: Uint8Array) => void) | undefined

  constructor(scope: RequestScope, operations: readonly Operation[], request: Request) {
    this.#scope = scope
    this.#operations = operations
    this.#request = request
  }

  needsText({ status }: ObservedHead): boolean {
    return status >= 400 || this.#operations.length > 0
  }

  responseHead({ status, headers }: ObservedHead): void {
    this.#status = status
    const isEncoded = (headers.get('content-encoding') ?? 'identity') !== 'identity'
    if (isEncoded || !headers.get('content-type')?.toLowerCase().startsWith('text/event-stream')) return
    this.#readChunk = createFrameReader((data) => {
      for (const message of readMessages(data)) this.#endBy(message)
    })
    this.#countStream(1)
  }

  responseText(text: string): void {
    this.#text = text
  }

  responseChunk(chunk: Uint8Array): void {
    this.#readChunk?.(chunk)
  }

  responseEnd(how: ResponseEnd): void {
    if (this.#readChunk) this.#endStream(how)
    else if (this.#status === undefined) this.#endAll(() => ({ errorType: OTHER }))
    else if (how === 'broken') this.#settle(500, undefined)
    else this.#settle(this.#status, this.#text)
  }

  #endStream(how: ResponseEnd): void {
    this.#countStream(-1)
    const hasLeft = how === 'left' || this.#request.signal.aborted
    this.#endAll((operation) =>
      // a client that listens disconnects once it has what it needs
      operation.call.method === 'subscriptions/listen' && how !== 'broken'
        ? {}
        : { errorType: hasLeft ? 'client-left' : OTHER },
    )
  }

  #countStream(change: 1 | -1): void {
    const isListening = this.#operations[0]?.call.method === 'subscriptions/listen'
    const kind = this.#request.method === 'GET' ? 'get' : isListening ? 'listen' : 'response'
    this.#scope.recorder.openStreams.add(change, { 'portico.stream.kind': kind })
  }

  /** Ends all operations by a response that is not streamed. */
  #settle(status: number, text: string | undefined): void {
    const messages = text !== undefined && this.#isTelling(status, text) ? readMessages(text) : []
    for (const message of messages) this.#endBy(message)
    if (status >= 400) {
      const reason = findReason(status, messages[0])
      this.#scope.recorder.rejections.add(1, {
        'portico.rejection.reason': reason,
        'http.response.status_code': status,
      })
    }
    // a refusal that could not name its request
    const refusal = messages.find((message) => isReply(message) && (message.id ?? undefined) === undefined)
    const outcome = isReply(refusal) && isObject(refusal.error) ? readOutcome(refusal) : undefined
    this.#endAll(() => outcome ?? (status < 400 ? {} : { errorType: String(status) }))
  }

  /** Whether a text has to be parsed. Most are results, and a result without these words contains no error. */
  #isTelling(status: number, text: string): boolean {
    return (
      status >= 400 ||
      this.#operations.length > 1 ||
      this.#operations.some(({ call }) => LEARNED_FROM.includes(call.method)) ||
      text.includes('"error"') ||
      text.includes('"isError"')
    )
  }

  #endBy(message: unknown): void {
    if (!isReply(message)) return
    const operation = this.#operations.find(
      ({ call, ended }) => !ended && call.id !== undefined && call.id === message.id,
    )
    if (!operation) return
    if (isObject(message.result)) learnFrom(message.result, operation, this.#scope)
    operation.end(readOutcome(message))
  }

  #endAll(outcome: (operation: Operation) => Outcome): void {
    for (const operation of this.#operations) if (!operation.ended) operation.end(outcome(operation))
  }
}

const LEARNED_FROM = ['initialize', 'tools/list', 'prompts/list']

function learnFrom(result: Record<string, unknown>, operation: Operation, { names }: RequestScope): void {
  const { tools, prompts, versions } = names
  const { method } = operation.call
  if (method === 'tools/list') for (const name of namesIn(result.tools)) tools.learn(name)
  if (method === 'prompts/list') for (const name of namesIn(result.prompts)) prompts.learn(name)
  if (method === 'initialize' && typeof result.protocolVersion === 'string') {
    operation.set({ 'mcp.protocol.version': versions.nameOf(result.protocolVersion) })
  }
}

const namesIn = (list: unknown): unknown[] =>
  Array.isArray(list) ? list.map((one) => (isObject(one) ? one.name : undefined)) : []
