import type { JSONRPCRequest, JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import { clientLeft, Refusal, statusOfError, toRefusal } from '../http/errors.ts'
import { decideMode, type ResponseMode } from '../http/media-types.ts'
import { jsonResponse } from '../http/response-writer.ts'
import { callerKey } from '../identity/caller-key.ts'
import { askOutOfPlace } from '../input/client-requests.ts'
import { InputRound, reopenRound } from '../input/input-round.ts'
import { checkHeaders, checkParamHeaders } from '../protocol/headers.ts'
import { ASKING_METHODS, isRemovedMethod } from '../protocol/versions.ts'
import type { Answerer, Introduction } from '../server/answerer.ts'
import { createAnswerer } from '../server/create-server.ts'
import { Exchange } from '../server/exchange.ts'
import type { HandlerContext } from '../server/handler-context.ts'
import { RequestScope } from '../server/request-scope.ts'
import { respond } from '../server/respond.ts'
import { CallHooks, runAroundCall } from '../server/run-around-call.ts'
import { isPromise } from '../utils/type-guards.ts'
import { discover } from './discover.ts'
import { type Incoming, toIncomingRequest } from './incoming.ts'
import { type Listeners, listen } from './listen.ts'
import { createToWire, responseToWire } from './to-wire.ts'

/** Serves one 2026-07-28 request: its headers are checked, a fresh server answers, the reply gets its wire form. */
export async function serveModern(
  handler: HandlerContext,
  listeners: Listeners,
  incoming: Incoming,
): Promise<Response> {
  const { http, message, envelope, accepted, options } = incoming
  const { method } = message
  const extensions = handler.extensions.isEmpty ? undefined : handler.extensions
  checkHeaders(http.headers, message, envelope, extensions?.nameParam(method))
  if (!ASKING_METHODS.has(method) && isRemovedMethod(method) && !extensions?.serves(method)) {
    throw new Refusal('method-not-found', 'Method not found')
  }
  const hooks = extensions?.hooks(method) ? new CallHooks(toIncomingRequest(incoming)) : undefined
  const answerer = await createAnswerer(await openScope(handler, incoming, hooks))
  try {
    const introduction = await answerer.introduce(envelope)
    if (method === 'subscriptions/listen')
      return await listen(handler, listeners, answerer, introduction, incoming)
    const mode = decideMode(accepted, handler.settings.responseMode, options.streaming)
    const reply = await answer(handler, answerer, introduction, incoming, mode, hooks)
    const answered = { request: message, introduction, answerer }
    if (!(reply instanceof Exchange)) {
      const wire = responseToWire(handler, answered, reply)
      return jsonResponse(
        wire,
        'error' in wire ? readStatus(wire.error.code, answerer, method) : 200,
        options,
      )
    }
    const { responseWriter } = options
    return await respond(handler, reply, {
      mode,
      responseWriter,
      toWire: createToWire(handler, answered, envelope),
      statusOf: (code) => readStatus(code, answerer, method),
      signal: responseWriter?.noticesDisconnect?.(http) ? undefined : () => http.signal,
      onleave: () => hooks?.isDetached || answerer.end(clientLeft()),
    })
  } catch (error) {
    answerer.end(toRefusal(error))
    throw error
  }
}

/** The HTTP status of an error: 404 for a method that the server does not have (2026-07-28 Streamable HTTP). */
const readStatus = (code: number, answerer: Answerer, method: string): number =>
  statusOfError(code, answerer.lacksMethod(ASKING_METHODS.has(method)))

/** Opens what belongs to the request. A call that continues an earlier round gets the answers of its client. */
async function openScope(
  handler: HandlerContext,
  { http, message, envelope, options }: Incoming,
  hooks: CallHooks | undefined,
): Promise<RequestScope> {
  const context = { era: 'modern', authInfo: options.authInfo, requestInfo: http } as const
  if (!ASKING_METHODS.has(message.method))
    return new RequestScope(handler, context, [message], () => askOutOfPlace)
  const scope: RequestScope = new RequestScope(handler, context, [message], (extra) => {
    const asking = round ?? new InputRound(handler, message, envelope, extra)
    return hooks?.around(asking) ?? asking
  })
  const { requestState, inputResponses } = message.params ?? {}
  const isContinued = requestState !== undefined || inputResponses !== undefined
  const round = isContinued ? await reopenRound(handler, message, envelope, scope) : undefined
  return scope
}

/** Answers with what the host itself knows, with an extension, or with the server. */
async function answer(
  handler: HandlerContext,
  answerer: Answerer,
  introduction: Introduction,
  incoming: Incoming,
  mode: ResponseMode,
  hooks: CallHooks | undefined,
): Promise<JSONRPCResponse | Exchange> {
  const { http, message, options } = incoming
  if (message.method === 'server/discover') {
    return answerer.answer(await discover(handler, answerer, introduction, incoming), mode)
  }
  const extended = handler.extensions.isEmpty
    ? undefined
    : handler.extensions.answer(message.method, () => toIncomingRequest(incoming))
  if (extended) return answerer.answer(await answerer.exchange.replies.unlessFailed(extended), mode)
  const initialized = answerer.initialized()
  if (isPromise(initialized)) await initialized
  if (message.method === 'tools/call') {
    if (handler.subscriptions.isUsed) await handler.subscriptions.tell(answerer, callerKey(options))
    // a question that the server asked before the call has ended its round
    if (isPromise(initialized) && answerer.isOver) return answerer.exchange
    const checked = checkParamHeaders(http.headers, message, (tool) => answerer.paramHeaders(tool))
    if (isPromise(checked)) await checked
  }
  const { params = {} } = message
  const hasHostParams = 'task' in params || 'inputResponses' in params || 'requestState' in params
  const request = hasHostParams ? withoutHostParams(message) : message
  if (!hooks) return answerer.send(request, mode)
  return runAroundCall(handler, hooks, answerer, () => answerer.send(request, mode))
}

/** A request without what Portico itself reads, and without the `task` of 2025-11-25. */
function withoutHostParams(request: JSONRPCRequest): JSONRPCRequest {
  const { task: _, inputResponses: __, requestState: ___, ...rest } = request.params ?? {}
  return { ...request, params: rest }
}
