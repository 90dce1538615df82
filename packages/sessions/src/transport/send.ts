import type { TransportSendOptions } from '@modelcontextprotocol/sdk/shared/transport.js'
import type {
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  RequestId,
} from '@modelcontextprotocol/sdk/types.js'
import type { Refusal } from '@portico-mcp/core'
import {
  errorMessage,
  isRequest,
  isResponse,
  LOG_LEVELS,
  toRefusal,
  toServerEvent,
} from '@portico-mcp/core/internal'
import type { Session } from '../session.ts'
import { GET_STREAM } from '../streams/event-id.ts'
import type { Call } from './call.ts'
import { refuseQuestion } from './connected-server.ts'
import { checkCapability, noStreamRefusal } from './question-refusals.ts'
import { reply } from './reply.ts'
import { holdStartupQuestion } from './startup-questions.ts'

/** Sends a message of the server to the client, on exactly one stream (2025-11-25 transports). */
export function sendToClient(
  session: Session,
  message: JSONRPCMessage,
  options?: TransportSendOptions,
): Promise<void> | void {
  if (isResponse(message)) return reply(session, message)
  if (sendToExtension(session, message, options)) return
  const related = session.calls.get(options?.relatedRequestId as RequestId)
  if (isRequest(message)) return sendRequest(session, message, related ?? findOnlyStreamingCall(session))
  return sendNotification(session, message, related)
}

/** Hands a message that belongs to a call to the extension that takes it; false if none does. */
function sendToExtension(
  { calls, connected }: Session,
  message: JSONRPCRequest | JSONRPCNotification,
  options?: TransportSendOptions,
): boolean {
  const { onrequest, onnotification } = calls.extended.get(options?.relatedRequestId)?.hooks ?? {}
  if (!isRequest(message)) {
    onnotification?.(message)
    return onnotification !== undefined
  }
  const { id } = message
  onrequest?.(message).then(
    (result) => connected?.transport.pass({ jsonrpc: '2.0', id, result }),
    (error) => connected?.transport.pass(errorMessage(id, toRefusal(error))),
  )
  return onrequest !== undefined
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

/** Sends a request of the server. Returns undefined if there is no stream for it. */
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
  const event = toServerEvent(notification)
  if (!event) return sendTo(session, related, notification)
  const { bus } = session.node.changeFeed
  if (!related) return bus.publish(event)
  const kept = bus.publish({ ...event, originSessionId: session.key })
  return Promise.all([kept, sendTo(session, related, notification)]).then(() => {})
}

/** Sends a notification that belongs to no call, on the GET stream of the session if its client has one. */
export function notifyClient(
  session: Session,
  notification: Pick<JSONRPCNotification, 'method' | 'params'>,
): void {
  if (!session.isEnded && canReachGetStream(session)) {
    void sendToGetStream(session, { jsonrpc: '2.0', ...notification })
  }
}

function cancelQuestion(session: Session, notification: JSONRPCNotification): Promise<void> | void {
  const asked = session.questions.cancel(notification.params?.requestId as RequestId)
  if (!asked) return
  const params = { ...notification.params, requestId: asked.wireId }
  return sendTo(session, asked.to, { ...notification, params })
}

/** Drops a message that is sent after all calls have ended and cannot reach the client, as without a session. */
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

// Most handlers send requests without `relatedRequestId`. If only one call can stream, the request belongs to it.
function findOnlyStreamingCall({ calls }: Session): Call | undefined {
  const streaming = new Set([...calls.values()].filter(({ canStream }) => canStream))
  const [only] = streaming
  return streaming.size === 1 ? only : undefined
}

// A disconnected client reconnects for stored messages. A session in its id cannot record whether there was a GET
// stream.
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
