import type { JSONRPCMessage, JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import { type McpHandlerRequestOptions, type McpRequestContext, Refusal } from '@portico-mcp/core'
import {
  acknowledge,
  checkBatch,
  createServerExtra,
  decideMode,
  isRequest,
  type ResponseMode,
  type ResponseWriter,
  readAcceptable,
  readMessage,
  type ServerExtra,
  toRefusal,
} from '@portico-mcp/core/internal'
import type { ClusterNode } from '../cluster/cluster-node.ts'
import { serveInSession } from '../serve-in-session.ts'
import type { Session } from '../session.ts'
import { supportsPriming } from '../store/session-state.ts'
import { createStreamName, GET_STREAM } from '../streams/event-id.ts'
import { answerByExtension } from './answer-by-extension.ts'
import { Call } from './call.ts'
import { initialize } from './initialize.ts'
import { abort, receive } from './receive.ts'
import { type CallStream, openCallStream, prime, respond, streamReplies } from './respond.ts'
import { awaitStartupQuestions } from './startup-questions.ts'

/** Serves a 2025-era POST: `initialize` opens a session, everything else is served in one. */
export async function handlePost(
  node: ClusterNode,
  request: Request,
  options: McpHandlerRequestOptions,
): Promise<Response> {
  const { authInfo, parsedBody, responseWriter } = options
  const batch = Array.isArray(parsedBody)
  const context: McpRequestContext = { era: 'legacy', requestInfo: request, ...(authInfo && { authInfo }) }
  const extra = createServerExtra(context)
  const single = batch ? undefined : readMessage(parsedBody)
  if (single && isRequest(single) && single.method === 'initialize') {
    return initialize(node, request, options, single, context, extra)
  }
  return serveInSession(node, request, options, async (session) => {
    const messages: JSONRPCMessage[] = single ? [single] : (parsedBody as unknown[]).map(readMessage)
    const requests = messages.filter(isRequest)
    if (batch) checkBatch(session.state.protocolVersion, messages, requests)
    const answering = requests.length > 0 ? planResponse(node, request, options) : undefined
    for (const message of messages) {
      if (!isRequest(message)) await receive(session, message, context, extra)
    }
    if (!answering) return acknowledge()
    return serve(node, session, {
      ...answering,
      requests,
      batch,
      responseWriter,
      context,
      extra,
      http: request,
    })
  })
}

/** How the requests of a POST are answered. */
interface ResponsePlan {
  mode: ResponseMode
  /**
   * Whether the server can send requests to the client before the answer, on a stream that is sent while it is written.
   */
  canStream: boolean
  /** Whether the client names streams in its `Accept` header. A client that accepts anything may not read them. */
  expectsStream: boolean
}

function planResponse(
  { handlerContext }: ClusterNode,
  request: Request,
  { streaming }: McpHandlerRequestOptions,
): ResponsePlan {
  const accepted = readAcceptable(request)
  const mode = decideMode(accepted, handlerContext.settings.responseMode, streaming)
  return {
    mode,
    canStream: mode !== 'json' && streaming !== false,
    expectsStream: accepted.named || !accepted.json,
  }
}

interface PendingPost extends ResponsePlan {
  requests: JSONRPCRequest[]
  batch: boolean
  responseWriter: ResponseWriter | undefined
  context: McpRequestContext
  extra: ServerExtra
  /** The HTTP request. Its body has been read. */
  http: Request
}

async function serve(node: ClusterNode, session: Session, served: PendingPost): Promise<Response> {
  const { requests, batch, mode, responseWriter, context, extra, http } = served
  const { call, opened } = await startCall(node, session, served)
  try {
    const connected = await session.server(context, extra)
    call.extra = opened ? withDisconnect(extra, session, call) : extra
    const deliver = (): void => {
      // A request that was cancelled in the meantime is not run.
      for (const request of requests) {
        if (!call.awaits(request.id) || answerByExtension(session, call, request, http, connected)) continue
        connected.transport.deliver(request, call.extra)
      }
    }
    if (connected.hasStarted) deliver()
    // The server's first requests to the client may be sent on the stream of this call.
    else
      awaitStartupQuestions(session, connected)
        .then(deliver)
        .catch((error) => call.fail(toRefusal(error)))
  } catch (error) {
    opened?.events.end()
    call.fail(toRefusal(error))
    throw error
  }
  return opened
    ? streamReplies(node, session, call, opened, [])
    : respond(node, session, call, { mode, batch, responseWriter })
}

/** Registers the requests of a POST as a call, and opens the stream if the client may have to resume it. */
async function startCall(
  node: ClusterNode,
  session: Session,
  { requests, batch, canStream, expectsStream, responseWriter }: PendingPost,
): Promise<{ call: Call; opened: CallStream | undefined }> {
  const { eventStore } = node.settings
  const { requestTimeoutMs } = node.handlerContext.settings
  const [first] = requests as [JSONRPCRequest]
  const resumable = eventStore !== undefined && canStream && !batch
  let timer: ReturnType<typeof setTimeout> | undefined
  const call = new Call(requests, {
    canStream,
    streamName: resumable ? createStreamName(first.id) : undefined,
  })
  call.whenOver(() => {
    clearTimeout(timer)
    session.finish(call)
  })
  session.checkOpen()
  session.calls.add(call)
  if (requestTimeoutMs) timer = setTimeout(() => timeOut(session, call, requestTimeoutMs), requestTimeoutMs)
  // A tool may take long and its connection may break at any time, so the client gets an event id at once. Other
  // requests are
  // answered immediately.
  const opensAtOnce =
    call.streamName !== undefined &&
    expectsStream &&
    supportsPriming(session.state) &&
    first.method === 'tools/call'
  const opened = opensAtOnce ? openCallStream(node, call, responseWriter) : undefined
  try {
    await Promise.all([session.claims?.take(call), opened && prime(node, session, call, opened)])
    return { call, opened }
  } catch (error) {
    opened?.events.end()
    session.finish(call)
    clearTimeout(timer)
    throw error
  }
}

function timeOut(session: Session, call: Call, requestTimeoutMs: number): void {
  const requestIds = [...call.pending.keys()]
  call.fail(new Refusal('request-timeout', `The answer took more than ${requestTimeoutMs} ms`))
  for (const requestId of requestIds) abort(session, requestId)
}

// The client has an event id, so handlers may close its connection: it reconnects.
const withDisconnect = (
  { authInfo, requestInfo, request }: ServerExtra,
  session: Session,
  call: Call,
): ServerExtra => ({
  authInfo,
  requestInfo,
  request,
  closeSSEStream: () => call.disconnect(),
  closeStandaloneSSEStream: () => session.streams.takeOver(GET_STREAM),
})
