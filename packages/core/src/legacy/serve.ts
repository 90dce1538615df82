import type {
  InitializeResult,
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  Result,
} from '@modelcontextprotocol/sdk/types.js'
import { headerMismatch, invalidRequest, notAcceptable, toRefusal } from '../http/errors.ts'
import type { McpHandlerRequestOptions } from '../http/fetch-handler.ts'
import { type Accepted, decideMode, type ResponseMode, readAccept } from '../http/media-types.ts'
import { acknowledge, jsonResponse } from '../http/response-writer.ts'
import { type ClientRequester, statelessRequester } from '../input/client-requests.ts'
import { readCall, readMessage } from '../protocol/envelope.ts'
import { unsupportedVersion } from '../protocol/headers.ts'
import { isNotification, isRequest, isResponse } from '../protocol/json-rpc.ts'
import { SUPPORTED_PROTOCOL_VERSIONS } from '../protocol/sdk.ts'
import { allowsBatches, MODERN_VERSIONS } from '../protocol/versions.ts'
import type { Answerer } from '../server/answerer.ts'
import { createAnswerer } from '../server/create-server.ts'
import { deliverNotifications } from '../server/deliver-notifications.ts'
import { Exchange } from '../server/exchange.ts'
import { CallHooks } from '../server/extension-call.ts'
import type { IncomingRequest } from '../server/extension-request.ts'
import type { HandlerContext } from '../server/handler-context.ts'
import { isInitialized } from '../server/handshake.ts'
import { RequestScope } from '../server/request-scope.ts'
import { respond } from '../server/respond.ts'
import { runExtendedCall } from '../server/run-around-call.ts'
import { sanitizeError } from '../server/sanitize-error.ts'
import type { LegacyCaller } from './extension-point.ts'

/** Refuses 2025-era traffic, and names the revisions that are served (2026-07-28 versioning). */
export async function refuseLegacy({ headers }: Request, body: unknown): Promise<Response> {
  const call = readCall(body)
  if (!isRequest(call)) return acknowledge()
  const named = headers.get('mcp-protocol-version') ?? undefined
  if (call.method === 'initialize') throw unsupportedVersion(call.params?.protocolVersion ?? named ?? '')
  if (named !== undefined) throw unsupportedVersion(named)
  throw headerMismatch(`The request names no protocol version; served: ${MODERN_VERSIONS}`)
}

/** Serves a 2025-era POST with a fresh server. */
export async function serveStateless(
  handler: HandlerContext,
  request: Request,
  options: McpHandlerRequestOptions,
): Promise<Response> {
  const { authInfo, parsedBody, responseWriter, streaming } = options
  const batch = Array.isArray(parsedBody)
  const messages = batch ? parsedBody.map(readMessage) : [readMessage(parsedBody)]
  const requests = messages.filter(isRequest)
  const protocolVersion = readVersion(request, requests)
  if (batch) checkBatch(protocolVersion, messages, requests)
  const context = { era: 'legacy', authInfo, requestInfo: request } as const
  if (requests.length === 0) {
    await deliverNotifications(handler, context, statelessRequester, messages.filter(isNotification), {
      protocolVersion,
    })
    return acknowledge()
  }
  const accepted = readAcceptable(request)
  const mode = decideMode(accepted, handler.settings.responseMode, streaming)
  const [first] = requests as [JSONRPCRequest]
  const extensions = handler.extensions.isEmpty ? undefined : handler.extensions
  const incoming = extensions && toLegacyRequest(first, { authInfo, http: request })
  const hooks = incoming && !batch && extensions?.hooks(first.method) ? new CallHooks(incoming) : undefined
  const requester = (): ClientRequester => hooks?.around(statelessRequester) ?? statelessRequester
  const scope = new RequestScope(handler, context, requests, requester)
  if (hooks) hooks.extra = scope
  const answerer = await createAnswerer(scope)
  try {
    if (first.method !== 'initialize') {
      await answerer.introduce({ protocolVersion })
      await answerer.initialized()
    }
    const reply = batch
      ? answerer.sendAll(messages.filter(isDelivered))
      : incoming
        ? await answerExtended(handler, answerer, incoming, mode, hooks)
        : await answerer.send(first, mode)
    if (!(reply instanceof Exchange)) {
      return jsonResponse(responseToWire(handler, answerer, first, reply), 200, options)
    }
    return await respond(handler, reply, {
      mode,
      responseWriter,
      batch,
      toWire: (message) => {
        if (!isResponse(message)) return message
        const request = requests.find(({ id }) => id === message.id)
        return responseToWire(handler, answerer, request, message)
      },
      statusOf: () => 200,
      // A 2025-era client that disconnects has not cancelled.
      onleave: () => reply.replies.abandon(),
    })
  } catch (error) {
    answerer.end(toRefusal(error))
    throw error
  }
}

/** Answers with an extension, or with the server and the extensions that run calls. */
async function answerExtended(
  handler: HandlerContext,
  answerer: Answerer,
  incoming: IncomingRequest,
  mode: ResponseMode,
  hooks: CallHooks | undefined,
): Promise<JSONRPCResponse | Exchange> {
  const { message } = incoming
  const extended = handler.extensions.answer(message.method, 'legacy', () => incoming)
  const extendedReply = extended && (await answerer.exchange.replies.unlessFailed(extended))
  if (extendedReply) return answerer.answer(extendedReply, mode)
  if (!hooks) return answerer.send(message, mode)
  return runExtendedCall(handler, hooks, answerer, mode, () => answerer.send(message, mode))
}

/** Describes a 2025-era request for extensions: without a session, the capabilities of its client are unknown. */
export const toLegacyRequest = (
  message: JSONRPCRequest,
  { authInfo, http, clientCapabilities = {}, ask, notify }: LegacyCaller,
): IncomingRequest => ({ era: 'legacy', message, clientCapabilities, authInfo, http, ask, notify })

/** Converts the response to a request to its 2025-era form. */
function responseToWire(
  handler: HandlerContext,
  answerer: Answerer,
  request: JSONRPCRequest | undefined,
  response: JSONRPCResponse,
): JSONRPCResponse {
  if ('error' in response) return sanitizeError(response, request, handler)
  if (request?.method === 'tools/list') {
    return { ...response, result: handler.extensions.describeTools(response.result) }
  }
  if (request?.method !== 'initialize') return response
  const result = handler.extensions.addCapabilities(withoutSubscriptions(response.result, answerer))
  return { ...response, result }
}

/** Removes the capability `resources.subscribe` of a server that has no handler for it: there is no session to do it. */
function withoutSubscriptions(result: Result, answerer: Answerer): Result {
  const { capabilities } = result as Partial<InitializeResult>
  if (!capabilities?.resources?.subscribe || answerer.handles('resources/subscribe')) return result
  const { subscribe: _, ...resources } = capabilities.resources
  return { ...result, capabilities: { ...capabilities, resources } }
}

// The host itself has completed the handshake already.
const isDelivered = (message: JSONRPCMessage): message is JSONRPCRequest | JSONRPCNotification =>
  !isResponse(message) && !isInitialized(message)

/** The revision of a request without the header (2025-11-25 transports). */
const ASSUMED_VERSION = '2025-03-26'

function readVersion({ headers }: Request, requests: JSONRPCRequest[]): string {
  const version = headers.get('mcp-protocol-version') ?? ASSUMED_VERSION
  if (SUPPORTED_PROTOCOL_VERSIONS.includes(version) || requests.some(isInitialize)) return version
  const served = SUPPORTED_PROTOCOL_VERSIONS.join(', ')
  throw invalidRequest(`Unsupported protocol version: ${version} (served: ${served})`)
}

const isInitialize = ({ method }: JSONRPCRequest): boolean => method === 'initialize'

const MAX_BATCH = 100

/** Makes sure that a revision allows batches, and that the batch is valid. */
export function checkBatch(version: string, { length }: JSONRPCMessage[], requests: JSONRPCRequest[]): void {
  if (!allowsBatches(version)) throw invalidRequest(`${version} has no batches`)
  const ids = new Set(requests.map(({ id }) => id))
  if (length > 0 && length <= MAX_BATCH && ids.size === requests.length && !requests.some(isInitialize))
    return
  throw invalidRequest(`A batch has 1 to ${MAX_BATCH} messages, unique ids, no initialize`)
}

/** Reads the `Accept` header of a request; it is refused if it accepts neither JSON nor a stream. */
export function readAcceptable({ headers }: Request): Accepted {
  const accepts = readAccept(headers.get('accept'))
  if (accepts.json || accepts.sse) return accepts
  throw notAcceptable('application/json or text/event-stream')
}
