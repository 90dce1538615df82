import type { JSONRPCRequest, Result, ServerCapabilities } from '@modelcontextprotocol/sdk/types.js'
import { type Accepted, decideMode, type ResponseMode } from '../http/accept.ts'
import { clientLeft, neverStreamed, Refusal, statusOfError, toRefusal } from '../http/errors.ts'
import type { McpHandlerRequestOptions } from '../http/fetch-handler.ts'
import { jsonResponse } from '../http/response-writer.ts'
import { callerKey } from '../identity/caller-key.ts'
import { askOutOfPlace, mayAsk } from '../input/client-requests.ts'
import { InputRound, isContinued, reopenRound } from '../input/input-round.ts'
import type { ModernRequest } from '../protocol/envelope.ts'
import { checkHeaders, checkParamHeaders } from '../protocol/headers.ts'
import { isRemovedMethod, MODERN_VERSIONS } from '../protocol/versions.ts'
import type { Answerer, Introduction } from '../server/answerer.ts'
import { createAnswerer } from '../server/create-server.ts'
import { Exchange } from '../server/exchange.ts'
import type { Host } from '../server/handler-context.ts'
import { RequestScope } from '../server/request-scope.ts'
import { respond } from '../server/respond.ts'
import type { Listeners } from './listen.ts'
import { createToWire } from './to-wire.ts'

/** A 2026-07-28 request as it came in over HTTP. */
interface Incoming extends ModernRequest {
  http: Request
  accepted: Accepted
  options: McpHandlerRequestOptions
}

/** Serves one 2026-07-28 request: its headers are checked, a fresh server answers, the reply gets its wire form. */
export async function serveModern(host: Host, listeners: Listeners, incoming: Incoming): Promise<Response> {
  const { http, message, envelope, accepted, options } = incoming
  checkHeaders(http.headers, message, envelope)
  if (isRemovedMethod(message.method)) throw new Refusal('method-not-found', 'Method not found')
  const scope = await openScope(host, incoming)
  const answerer = await createAnswerer(scope)
  try {
    const introduction = await answerer.introduce(envelope)
    if (message.method === 'subscriptions/listen') {
      return await listen(host, listeners, answerer, introduction, incoming)
    }
    const mode = decideMode(accepted, host.settings.responseMode, options.streaming)
    const reply =
      message.method === 'server/discover'
        ? await discover(answerer, introduction, incoming, mode)
        : await send(host, answerer, incoming, mode)
    const toWire = createToWire(host, message, envelope, introduction, answerer)
    const statusOf = (code: number): number =>
      statusOfError(code, answerer.lacksMethod(mayAsk(message.method)))
    if (!(reply instanceof Exchange)) {
      const wire = toWire(reply)
      const status = wire && 'error' in wire ? statusOf(wire.error.code) : 200
      return jsonResponse(wire as never, status, options)
    }
    const { responseWriter } = options
    return await respond(host, reply, {
      mode,
      responseWriter,
      toWire,
      statusOf,
      signal: responseWriter?.noticesDisconnect?.(http) ? undefined : () => http.signal,
      onleave: () => answerer.end(clientLeft()),
    })
  } catch (error) {
    answerer.end(toRefusal(error))
    throw error
  }
}

/** Opens what belongs to the request. A call that continues an earlier round gets the answers of its client. */
async function openScope(host: Host, { http, message, envelope, options }: Incoming): Promise<RequestScope> {
  const context = { era: 'modern', authInfo: options.authInfo, requestInfo: http } as const
  if (!mayAsk(message.method)) return new RequestScope(host, context, [message], () => askOutOfPlace)
  const scope: RequestScope = new RequestScope(
    host,
    context,
    [message],
    (extra) => round ?? new InputRound(host, message, envelope, extra),
  )
  const round = isContinued(message) ? await reopenRound(host, message, envelope, scope) : undefined
  return scope
}

/** Hands a request to the server, once the server knows its client and the client's subscriptions. */
async function send(
  host: Host,
  answerer: Answerer,
  { http, message, options }: Incoming,
  mode: ResponseMode,
): Promise<Awaited<ReturnType<Answerer['send']>>> {
  await answerer.initialized()
  if (message.method === 'tools/call') {
    if (host.subscriptions.isUsed) await host.subscriptions.tell(answerer, callerKey(options))
    // a question that the server asked before the call has ended its round
    if (answerer.isOver) return answerer.exchange
    await checkParamHeaders(http.headers, message, (tool) => answerer.paramHeaders(tool))
  }
  return answerer.send(withoutHostParams(message), mode)
}

/** A request without what Portico itself reads, and without the `task` of 2025-11-25. */
function withoutHostParams(request: JSONRPCRequest): JSONRPCRequest {
  const { params = {} } = request
  if (!('task' in params || 'inputResponses' in params || 'requestState' in params)) return request
  const { task: _, inputResponses: __, requestState: ___, ...rest } = params
  return { ...request, params: rest }
}

/** Answers `server/discover` with what the server said of itself (2026-07-28 discover). */
async function discover(
  answerer: Answerer,
  { capabilities, instructions }: Introduction,
  { message, options }: Incoming,
  mode: ResponseMode,
): Promise<ReturnType<Answerer['answer']>> {
  // tasks are an extension since 2026-07-28, with another wire form
  const { tasks: _, ...declared } = capabilities
  const said: Result = {
    supportedVersions: MODERN_VERSIONS,
    capabilities: options.streaming === false ? withoutChanges(declared) : declared,
    instructions,
  }
  const result = await answerer.discover(said, message)
  return answerer.answer({ jsonrpc: '2.0', id: message.id, result }, mode)
}

// without streaming, no client can listen for changes
const withoutChanges = (capabilities: ServerCapabilities): ServerCapabilities =>
  Object.fromEntries(
    Object.entries(capabilities).map(([name, value]) => [
      name,
      /^(tools|prompts|resources)$/.test(name) ? {} : value,
    ]),
  )

/** Opens a stream of changes, for as long as which a server with a handler for `resources/subscribe` is kept. */
async function listen(
  host: Host,
  listeners: Listeners,
  answerer: Answerer,
  introduction: Introduction,
  { http, message, accepted, options }: Incoming,
): Promise<Response> {
  if (options.streaming === false) throw neverStreamed()
  const listening = listeners.listen(message, accepted, introduction, http, options)
  await host.subscriptions.open(answerer, listening)
  return listening.response
}
