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
import { STANDALONE } from '../streams/event-id.ts'
import type { Call } from './call.ts'
import { refuseQuestion } from './connected-server.ts'
import { holdQuestion } from './first-question.ts'
import { ClientError } from './questions.ts'
import { isRemembered, remember } from './remember.ts'

/** Sends what a server has for its client, on exactly one stream (2025-11-25 transports). */
export function sendToClient(
  session: Session,
  message: JSONRPCMessage,
  options?: TransportSendOptions,
): Promise<void> | void {
  if (isResponse(message)) return reply(session, message)
  const related = session.calls.get(options?.relatedRequestId as RequestId)
  if (isRequest(message)) return ask(session, message, related ?? onlyCall(session))
  return notify(session, message, related)
}

function reply(session: Session, response: JSONRPCResponse): Promise<void> | void {
  const call = session.calls.get(response.id as RequestId)
  const request = call?.pending.get(response.id as RequestId)
  if (!call || !request) return
  if (isRemembered(request.method)) {
    return remember(session, request, response).then((settled) => call.answer(settled))
  }
  if ('result' in response && isInputRequiredResult(response.result)) {
    return fulfill(session, call, request, response)
  }
  call.answer('error' in response ? sanitizeError(response, request, session.node.host) : response)
}

// what a handler of 2026-07-28 returns, as questions of 2025-11-25
async function fulfill(
  session: Session,
  call: Call,
  request: JSONRPCRequest,
  response: JSONRPCResponse,
): Promise<void> {
  const { host } = session.node
  try {
    await host.fulfill(response, call.extra, (question) => put(session, question, call))
    session.connected?.transport.deliver(request, call.extra)
  } catch (error) {
    host.report(error)
    call.answer(errorMessage(request.id, error instanceof ClientError ? error : toRefusal(error)))
  }
}

async function put(session: Session, question: Question, call: Call): Promise<Result> {
  const id = `portico-${crypto.randomUUID()}`
  const request: JSONRPCRequest = { jsonrpc: '2.0', id, ...question }
  const refusal = undeclared(session, request) ?? (call.streams ? undefined : hasNoStream(request))
  if (refusal) throw refusal
  const answer = session.questions.promise(id, call)
  await call.push(session.questions.ask(request, call))
  return answer
}

function ask(session: Session, request: JSONRPCRequest, related: Call | undefined): Promise<void> | void {
  const refuse = (refusal: Refusal): void => refuseQuestion(session.connected?.transport, request, refusal)
  const refusal = undeclared(session, request)
  if (refusal) return refuse(refusal)
  if (session.connected?.hasBegun === false) {
    const trySend = async (): Promise<boolean> => {
      const sent = trySendQuestion(session, request, onlyCall(session))
      await sent
      return sent !== undefined
    }
    return holdQuestion(session, request, trySend, () => refuse(hasNoStream(request)))
  }
  const sent = trySendQuestion(session, request, related)
  if (sent) return sent
  dropLate(session, request)
  return refuse(hasNoStream(request))
}

/** Sends a question; undefined where no stream can take it. */
function trySendQuestion(
  session: Session,
  request: JSONRPCRequest,
  related: Call | undefined,
): Promise<void> | undefined {
  const to = related?.streams ? related : undefined
  if (!to && !reachesStandalone(session)) return undefined
  return Promise.resolve(sendTo(session, to, session.questions.ask(request, to)))
}

function notify(
  session: Session,
  notification: JSONRPCNotification,
  related: Call | undefined,
): Promise<void> | void {
  const { method, params } = notification
  if (method === 'notifications/cancelled') return takeBack(session, notification)
  if (method === 'notifications/message' && !logs(session, params?.level)) return
  const event = eventOf(notification)
  if (!event) return sendTo(session, related, notification)
  const { bus } = session.node.changes
  if (!related) return bus.publish(event)
  const kept = bus.publish({ ...event, originSessionId: session.key })
  return Promise.all([kept, sendTo(session, related, notification)]).then(() => {})
}

function takeBack(session: Session, notification: JSONRPCNotification): Promise<void> | void {
  const asked = session.questions.cancel(notification.params?.requestId as RequestId)
  if (!asked) return
  const params = { ...notification.params, requestId: asked.wireId }
  return sendTo(session, asked.to, { ...notification, params })
}

/** What is sent after the answer, and cannot reach the client, is dropped as it is without a session. */
function dropLate({ calls, connected }: Session, message: JSONRPCRequest | JSONRPCNotification): void {
  if (calls.size === 0) connected?.drop(message)
}

const sendTo = (
  session: Session,
  call: Call | undefined,
  message: JSONRPCRequest | JSONRPCNotification,
): Promise<void> | void => (call ? call.push(message) : sendStandalone(session, message))

function sendStandalone(
  session: Session,
  message: JSONRPCRequest | JSONRPCNotification,
): Promise<void> | void {
  const { settings, host } = session.node
  const { eventStore } = settings
  if (eventStore) {
    return session.queue.run(async () => {
      try {
        await eventStore.storeEvent(`${session.key}/${STANDALONE}`, message)
        session.streams.wake(STANDALONE)
      } catch (error) {
        host.report(error)
      }
    })
  }
  const { standalone } = session.streams
  if (standalone) return standalone.write(message)
  if (!settings.bus) return dropLate(session, message)
  return session.tell({ kind: 'message', message: { ...message } as never })
}

// most handlers ask without saying for which request
function onlyCall({ calls }: Session): Call | undefined {
  const streaming = new Set([...calls.values()].filter(({ streams }) => streams))
  const [only] = streaming
  return streaming.size === 1 ? only : undefined
}

// a client that is away comes back for what is kept; whether it ever came, a sealed session cannot say
function reachesStandalone({ streams, state, node }: Session): boolean {
  const { bus, eventStore } = node.settings
  if (streams.standalone?.isPlaced) return true
  if (!node.records.mutable) return bus !== undefined
  return state.listens === true && (bus !== undefined || eventStore !== undefined)
}

function logs({ state }: Session, level: unknown): boolean {
  const { logLevel } = state
  return logLevel === undefined || LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(logLevel)
}

function undeclared({ state }: Session, request: JSONRPCRequest): Refusal | undefined {
  const refusal = unaskable(request, state.initialize.capabilities)
  // whatever else there is to ask needs no declaration
  return refusal?.reason === 'missing-capability' ? refusal : undefined
}

const hasNoStream = ({ method }: JSONRPCRequest): Refusal => noBackChannel(method, 'it has no stream open')
