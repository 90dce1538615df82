import type { TransportSendOptions } from '@modelcontextprotocol/sdk/shared/transport.js'
import type {
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  RequestId,
  Result,
} from '@modelcontextprotocol/sdk/types.js'
import { isInputRequiredResult, type Question, type Refusal } from '@portico-mcp/core'
import {
  errorMessage,
  eventOf,
  isRequest,
  isResponse,
  LOG_LEVELS,
  noBackChannel,
  sanitizeError,
  toRefusal,
  unaskable,
} from '@portico-mcp/core/internal'
import type { Session } from '../session.ts'
import { GET_STREAM } from '../streams/event-id.ts'
import { applySetting, isSetting } from './apply-setting.ts'
import type { Call } from './call.ts'
import { refuseQuestion } from './connected-server.ts'
import { ClientError } from './questions.ts'
import { holdStartupQuestion } from './startup-questions.ts'

/** Sends what a server has for its client, on exactly one stream (2025-11-25 transports). */
export function sendToClient(
  session: Session,
  message: JSONRPCMessage,
  options?: TransportSendOptions,
): Promise<void> | void {
  if (isResponse(message)) return reply(session, message)
  const related = session.calls.get(options?.relatedRequestId as RequestId)
  if (isRequest(message)) return sendRequest(session, message, related ?? findOnlyStreamingCall(session))
  return sendNotification(session, message, related)
}

function reply(session: Session, response: JSONRPCResponse): Promise<void> | void {
  const call = session.calls.get(response.id as RequestId)
  const request = call?.pending.get(response.id as RequestId)
  if (!call || !request) return
  if (isSetting(request.method)) {
    return applySetting(session, request, response).then((settled) => call.answer(settled))
  }
  if ('result' in response && isInputRequiredResult(response.result)) {
    return fulfill(session, call, request, response)
  }
  call.answer('error' in response ? sanitizeError(response, request, session.node.handlerContext) : response)
}

// what a handler of 2026-07-28 returns, as questions of 2025-11-25
async function fulfill(
  session: Session,
  call: Call,
  request: JSONRPCRequest,
  response: JSONRPCResponse,
): Promise<void> {
  const { handlerContext } = session.node
  try {
    await handlerContext.fulfill(response, call.extra, (question) => askClient(session, question, call))
    session.connected?.transport.deliver(request, call.extra)
  } catch (error) {
    handlerContext.report(error)
    call.answer(errorMessage(request.id, error instanceof ClientError ? error : toRefusal(error)))
  }
}

async function askClient(session: Session, question: Question, call: Call): Promise<Result> {
  const id = `portico-${crypto.randomUUID()}`
  const request: JSONRPCRequest = { jsonrpc: '2.0', id, ...question }
  const refusal = checkCapability(session, request) ?? (call.canStream ? undefined : noStreamRefusal(request))
  if (refusal) throw refusal
  const answer = session.questions.awaitAnswer(id, call)
  await call.push(session.questions.register(request, call))
  return answer
}

function sendRequest(
  session: Session,
  request: JSONRPCRequest,
  related: Call | undefined,
): Promise<void> | void {
  const refuse = (refusal: Refusal): void => refuseQuestion(session.connected?.transport, request, refusal)
  const refusal = checkCapability(session, request)
  if (refusal) return refuse(refusal)
  if (session.connected?.hasStarted === false) {
    const trySend = async (): Promise<boolean> => {
      const sent = trySendQuestion(session, request, findOnlyStreamingCall(session))
      await sent
      return sent !== undefined
    }
    return holdStartupQuestion(session, request, trySend, () => refuse(noStreamRefusal(request)))
  }
  const sent = trySendQuestion(session, request, related)
  if (sent) return sent
  dropUndeliverable(session, request)
  return refuse(noStreamRefusal(request))
}

/** Sends a question; undefined where no stream can take it. */
function trySendQuestion(
  session: Session,
  request: JSONRPCRequest,
  related: Call | undefined,
): Promise<void> | undefined {
  const to = related?.canStream ? related : undefined
  if (!to && !canReachGetStream(session)) return undefined
  return Promise.resolve(sendTo(session, to, session.questions.register(request, to)))
}

function sendNotification(
  session: Session,
  notification: JSONRPCNotification,
  related: Call | undefined,
): Promise<void> | void {
  const { method, params } = notification
  if (method === 'notifications/cancelled') return cancelQuestion(session, notification)
  if (method === 'notifications/message' && !isLogged(session, params?.level)) return
  const event = eventOf(notification)
  if (!event) return sendTo(session, related, notification)
  const { bus } = session.node.changeFeed
  if (!related) return bus.publish(event)
  const kept = bus.publish({ ...event, originSessionId: session.key })
  return Promise.all([kept, sendTo(session, related, notification)]).then(() => {})
}

function cancelQuestion(session: Session, notification: JSONRPCNotification): Promise<void> | void {
  const asked = session.questions.cancel(notification.params?.requestId as RequestId)
  if (!asked) return
  const params = { ...notification.params, requestId: asked.wireId }
  return sendTo(session, asked.to, { ...notification, params })
}

/** What is sent after the answer, and cannot reach the client, is dropped as it is without a session. */
function dropUndeliverable(
  { calls, connected }: Session,
  message: JSONRPCRequest | JSONRPCNotification,
): void {
  if (calls.size === 0) connected?.drop(message)
}

const sendTo = (
  session: Session,
  call: Call | undefined,
  message: JSONRPCRequest | JSONRPCNotification,
): Promise<void> | void => (call ? call.push(message) : sendToGetStream(session, message))

function sendToGetStream(
  session: Session,
  message: JSONRPCRequest | JSONRPCNotification,
): Promise<void> | void {
  const { settings, handlerContext } = session.node
  const { eventStore } = settings
  if (eventStore) {
    return session.queue.run(async () => {
      try {
        await eventStore.storeEvent(`${session.key}/${GET_STREAM}`, message)
        session.streams.wake(GET_STREAM)
      } catch (error) {
        handlerContext.report(error)
      }
    })
  }
  const { getStream } = session.streams
  if (getStream) return getStream.write(message)
  if (!settings.bus) return dropUndeliverable(session, message)
  return session.broadcast({ kind: 'serverMessage', message: { ...message } as never })
}

// most handlers ask without saying for which request
function findOnlyStreamingCall({ calls }: Session): Call | undefined {
  const streaming = new Set([...calls.values()].filter(({ canStream }) => canStream))
  const [only] = streaming
  return streaming.size === 1 ? only : undefined
}

// a client that is away comes back for what is kept; whether it ever came, a sealed session cannot say
function canReachGetStream({ streams, state, node }: Session): boolean {
  const { bus, eventStore } = node.settings
  if (streams.getStream?.isReady) return true
  if (!node.repository.isMutable) return bus !== undefined
  return state.hasOpenedGetStream === true && (bus !== undefined || eventStore !== undefined)
}

function isLogged({ state }: Session, level: unknown): boolean {
  const { logLevel } = state
  return logLevel === undefined || LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(logLevel)
}

function checkCapability({ state }: Session, request: JSONRPCRequest): Refusal | undefined {
  const refusal = unaskable(request, state.initialize.capabilities)
  // whatever else there is to ask needs no declaration
  return refusal?.reason === 'missing-capability' ? refusal : undefined
}

const noStreamRefusal = ({ method }: JSONRPCRequest): Refusal =>
  noBackChannel(method, 'it has no stream open')
