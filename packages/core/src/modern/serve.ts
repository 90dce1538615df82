import type { JSONRPCRequest, JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import { clientLeft, Refusal, statusOfError, toRefusal } from '../http/errors.ts'
import { decideMode, type ResponseMode } from '../http/media-types.ts'
import { jsonResponse } from '../http/response-writer.ts'
import { callerKey } from '../identity/caller-key.ts'
import { type ClientRequester, unsupportedMethodRequester } from '../input/client-requests.ts'
import { InputRound, reopenRound } from '../input/input-round.ts'
import { readEnvelope } from '../protocol/envelope.ts'
import { checkHeaders, checkParamHeaders } from '../protocol/headers.ts'
import { ASKING_METHODS, isRemovedMethod } from '../protocol/versions.ts'
import type { Answerer, Introduction } from '../server/answerer.ts'
import { createAnswerer } from '../server/create-server.ts'
import { Exchange } from '../server/exchange.ts'
import type { ExtensionContext } from '../server/extension.ts'
import { CallHooks } from '../server/extension-call.ts'
import type { HandlerContext } from '../server/handler-context.ts'
import { RequestScope } from '../server/request-scope.ts'
import { respond } from '../server/respond.ts'
import { runExtendedCall } from '../server/run-around-call.ts'
import { isPromise, type MaybePromise } from '../utils/type-guards.ts'
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
  if (!incoming.isInternal) checkHeaders(http.headers, message, envelope, extensions?.nameParam(method))
  if (!ASKING_METHODS.has(method) && isRemovedMethod(method) && !extensions?.serves(method)) {
    throw new Refusal('method-not-found', 'Method not found')
  }
  const hooks = extensions?.hooks(method) ? new CallHooks(toIncomingRequest(incoming)) : undefined
  const scope = openScope(handler, incoming, hooks)
  const answerer = await createAnswerer(isPromise(scope) ? await scope : scope)
  try {
    const introduction = await answerer.introduce(envelope)
    if (method === 'subscriptions/listen')
      return await listen(handler, listeners, answerer, introduction, incoming)
    const mode = decideMode(accepted, handler.settings.responseMode, options.streaming)
    const mayBeHosts = extensions !== undefined || method === 'server/discover'
    const answeredByHost = mayBeHosts ? answerAsHost(handler, answerer, introduction, incoming) : undefined
    const reply = answeredByHost
      ? answerer.answer(await answeredByHost, mode)
      : await callServer(handler, answerer, incoming, mode, hooks)
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

/** Creates the scope of the request. A call that continues an earlier round gets the answers of its client. */
function openScope(
  handler: HandlerContext,
  { http, message, envelope, options }: Incoming,
  hooks: CallHooks | undefined,
): MaybePromise<RequestScope> {
  const context = { era: 'modern', authInfo: options.authInfo, requestInfo: http } as const
  if (!ASKING_METHODS.has(message.method))
    return new RequestScope(handler, context, [message], () => unsupportedMethodRequester)
  let round: ClientRequester | undefined
  const scope: RequestScope = new RequestScope(handler, context, [message], (extra) => {
    const requester = round ?? new InputRound(handler, message, envelope, extra)
    return hooks?.around(requester) ?? requester
  })
  if (hooks) hooks.extra = scope
  const { requestState, inputResponses } = message.params ?? {}
  if (requestState === undefined && inputResponses === undefined) return scope
  return reopenRound(handler, message, envelope, scope).then((reopened) => {
    round = reopened
    return scope
  })
}

/** Answers `server/discover`, or a method of an extension; undefined for a method that the server answers. */
function answerAsHost(
  handler: HandlerContext,
  answerer: Answerer,
  introduction: Introduction,
  incoming: Incoming,
): Promise<JSONRPCResponse> | undefined {
  const { method } = incoming.message
  if (method === 'server/discover') return discover(handler, answerer, introduction, incoming)
  const answer = handler.extensions.answer(method, 'modern', () => toIncomingRequest(incoming))
  return answer && answerer.exchange.replies.unlessFailed(answer).then(checkAnswered)
}

/** @throws Refusal `method-not-found` if an extension has left the request to the server. */
function checkAnswered(response: JSONRPCResponse | undefined): JSONRPCResponse {
  if (response) return response
  throw new Refusal('method-not-found', 'Method not found')
}

/** Creates the function that serves calls of extensions, which no client has sent. */
export const createInternalCall =
  (handler: HandlerContext, listeners: Listeners): ExtensionContext['call'] =>
  (params, http, authInfo) =>
    serveModern(handler, listeners, {
      message: { jsonrpc: '2.0', id: 1, method: 'tools/call', params },
      envelope: readEnvelope(params._meta ?? {}),
      http,
      accepted: { json: true, sse: true, named: true },
      options: { authInfo },
      isInternal: true,
    })

/** Lets the server answer, after `notifications/initialized` and the checks that need its tools. */
async function callServer(
  handler: HandlerContext,
  answerer: Answerer,
  { http, message, options, isInternal }: Incoming,
  mode: ResponseMode,
  hooks: CallHooks | undefined,
): Promise<JSONRPCResponse | Exchange> {
  const initialized = answerer.initialized()
  if (isPromise(initialized)) await initialized
  if (message.method === 'tools/call') {
    if (handler.subscriptions.isUsed) await handler.subscriptions.subscribe(answerer, callerKey(options))
    // A request that the server sent to its client before the call has ended the round.
    if (isPromise(initialized) && answerer.isOver) return answerer.exchange
    const checked =
      !isInternal && checkParamHeaders(http.headers, message, (tool) => answerer.paramHeaders(tool))
    if (isPromise(checked)) await checked
  }
  const { params = {} } = message
  const hasHostParams = 'task' in params || 'inputResponses' in params || 'requestState' in params
  const request = hasHostParams ? withoutHostParams(message) : message
  if (hooks) return await runExtendedCall(handler, hooks, answerer, mode, () => answerer.send(request, mode))
  // It is awaited here, since a promise that an async function returns takes three turns of the microtask queue.
  return await answerer.send(request, mode)
}

/** Returns a request without the params that Portico itself reads, and without the `task` of 2025-11-25. */
function withoutHostParams(request: JSONRPCRequest): JSONRPCRequest {
  const { task: _, inputResponses: __, requestState: ___, ...rest } = request.params ?? {}
  return { ...request, params: rest }
}
