import { isObject } from './calls.ts'
import type { Operation, Surroundings } from './operation.ts'
import { reasonOf } from './rejection.ts'
import { isReply, type Outcome, outcomeOf, readMessages } from './reply.ts'
import { frameReader, watchStream } from './watch-stream.ts'

/** What is known when the handler has answered. */
export interface Answered {
  around: Surroundings
  operations: readonly Operation[]
  request: Request
}

/** Hands an answer on, and ends each operation when its reply is there. */
export async function observeResponse(response: Response, answered: Answered): Promise<Response> {
  const { body, headers, status } = response
  const type = headers.get('content-type')?.toLowerCase() ?? ''
  const isReadable = body !== null && (headers.get('content-encoding') ?? 'identity') === 'identity'
  if (isReadable && type.startsWith('text/event-stream')) return observeStream(response, body, answered)
  const isAwaited = status >= 400 || answered.operations.length > 0
  if (isReadable && isAwaited && type.startsWith('application/json')) return observeJson(response, answered)
  settle(status, undefined, answered)
  return response
}

async function observeJson(response: Response, answered: Answered): Promise<Response> {
  const { status, statusText, headers } = response
  try {
    const bytes = await response.arrayBuffer()
    settle(status, new TextDecoder().decode(bytes), answered)
    return new Response(bytes, { status, statusText, headers })
  } catch (error) {
    settle(500, undefined, answered)
    const broken = new ReadableStream({ start: (controller) => controller.error(error) })
    return new Response(broken, { status, statusText, headers })
  }
}

function observeStream(response: Response, body: ReadableStream<Uint8Array>, answered: Answered): Response {
  const { status, statusText, headers } = response
  const { recorder } = answered.around
  const kind = { 'portico.stream.kind': kindOf(answered) }
  recorder.openStreams.add(1, kind)
  let open = true
  const read = frameReader((data) => {
    for (const message of readMessages(data)) endBy(message, answered)
  })
  const watched = watchStream(body, read, (how) => {
    if (!open) return
    open = false
    recorder.openStreams.add(-1, kind)
    const left = how === 'left' || answered.request.signal.aborted
    endAll(answered, (operation) =>
      // who listens leaves when it has heard enough
      operation.call.method === 'subscriptions/listen' && how !== 'broken'
        ? {}
        : { errorType: left ? 'client-left' : '_OTHER' },
    )
  })
  return new Response(watched, { status, statusText, headers })
}

function kindOf({ operations, request }: Answered): string {
  if (request.method === 'GET') return 'get'
  return operations[0]?.call.method === 'subscriptions/listen' ? 'listen' : 'response'
}

/** An answer that is whole. */
function settle(status: number, text: string | undefined, answered: Answered): void {
  const messages = text !== undefined && tellsMore(status, text, answered) ? readMessages(text) : []
  for (const message of messages) endBy(message, answered)
  if (status >= 400) {
    const { recorder } = answered.around
    const reason = reasonOf(status, messages[0])
    recorder.rejections.add(1, { 'portico.rejection.reason': reason, 'http.response.status_code': status })
  }
  // a refusal that could not tell whose it is, or an answer that is no JSON-RPC
  const refusal = messages.find((message) => isReply(message) && (message.id ?? undefined) === undefined)
  const outcome = isReply(refusal) && isObject(refusal.error) ? outcomeOf(refusal) : undefined
  endAll(answered, () => outcome ?? (status < 400 ? {} : { errorType: String(status) }))
}

const TELLING = ['initialize', 'tools/list', 'prompts/list']

// most answers are results, and a result without these words is none of an error
const tellsMore = (status: number, text: string, { operations }: Answered): boolean =>
  status >= 400 ||
  operations.length > 1 ||
  operations.some(({ call }) => TELLING.includes(call.method)) ||
  text.includes('"error"') ||
  text.includes('"isError"')

function endBy(message: unknown, { operations, around }: Answered): void {
  if (!isReply(message)) return
  const operation = operations.find(
    ({ call, ended }) => !ended && call.id !== undefined && call.id === message.id,
  )
  if (!operation) return
  if (isObject(message.result)) learnFrom(message.result, operation, around)
  operation.end(outcomeOf(message))
}

function learnFrom(
  result: Record<string, unknown>,
  operation: Operation,
  { vocabulary }: Surroundings,
): void {
  const { tools, prompts, versions } = vocabulary
  const { method } = operation.call
  if (method === 'tools/list') for (const name of namesIn(result.tools)) tools.learn(name)
  if (method === 'prompts/list') for (const name of namesIn(result.prompts)) prompts.learn(name)
  if (method === 'initialize' && typeof result.protocolVersion === 'string') {
    operation.set({ 'mcp.protocol.version': versions.nameOf(result.protocolVersion) })
  }
}

const namesIn = (list: unknown): unknown[] =>
  Array.isArray(list) ? list.map((one) => (isObject(one) ? one.name : undefined)) : []

function endAll({ operations }: Answered, outcome: (operation: Operation) => Outcome): void {
  for (const operation of operations) if (!operation.ended) operation.end(outcome(operation))
}
