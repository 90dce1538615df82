import type {
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCResponse,
  MessageExtraInfo,
  RequestId,
} from '@modelcontextprotocol/sdk/types.js'
import type { McpRequestContext } from '@portico-mcp/core'
import { isResponse } from '@portico-mcp/core/internal'
import type { Session } from '../session.ts'

/**
 * Receives a notification or a response of the client. If this node does not wait for it, it is sent to the other
 * nodes.
 */
export async function receive(
  session: Session,
  message: JSONRPCNotification | JSONRPCResponse,
  context: McpRequestContext,
  extra: MessageExtraInfo,
): Promise<void> {
  if (consume(session, message, extra)) return
  if ('method' in message) await deliverNotification(session, message, context, extra)
  await session.broadcast({ kind: 'clientMessage', message: { ...message } as never })
}

async function deliverNotification(
  session: Session,
  notification: JSONRPCNotification,
  context: McpRequestContext,
  extra: MessageExtraInfo,
): Promise<void> {
  switch (notification.method) {
    case 'notifications/cancelled':
    case 'notifications/progress':
      return
    case 'notifications/initialized':
      if (!session.state.initialized) await session.change({ initialized: true })
      return session.connected?.transport.deliver(notification, extra)
    default:
      return (await session.server(context, extra)).transport.deliver(notification, extra)
  }
}

/** Receives a message from another node, which did not wait for it. */
export function receiveFromNode(session: Session, message: JSONRPCMessage): void {
  if (consume(session, message) || !('method' in message)) return
  // These two concern every server of the session.
  const { method } = message
  if (method === 'notifications/initialized' || method === 'notifications/roots/list_changed') {
    session.connected?.transport.deliver(message)
  }
}

/** Cancels a request in the server. */
export function abort({ connected }: Session, requestId: RequestId): void {
  connected?.transport.pass({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } })
}

/** Handles a message that this node waits for. Returns false for any other message. */
function consume(session: Session, message: JSONRPCMessage, extra?: MessageExtraInfo): boolean {
  if (isResponse(message)) return consumeAnswer(session, message, extra)
  if (!('method' in message)) return false
  if (message.method === 'notifications/progress') return consumeProgress(session, message, extra)
  return message.method === 'notifications/cancelled' && consumeCancellation(session, message, extra)
}

function consumeAnswer(
  { questions, connected }: Session,
  response: JSONRPCResponse,
  extra?: MessageExtraInfo,
): boolean {
  const answer = questions.matchAnswer(response)
  if (!answer) return false
  if (!questions.resolve(answer)) connected?.transport.deliver(answer, extra)
  return true
}

function consumeProgress(
  { questions, connected }: Session,
  message: JSONRPCNotification,
  extra?: MessageExtraInfo,
): boolean {
  const progress = questions.matchProgress(message)
  if (progress) connected?.transport.deliver(progress, extra)
  return progress !== undefined
}

function consumeCancellation(
  { calls, connected }: Session,
  message: JSONRPCNotification,
  extra?: MessageExtraInfo,
): boolean {
  const requestId = message.params?.requestId as RequestId
  const call = calls.get(requestId)
  if (!call) return false
  connected?.transport.deliver(message, extra)
  calls.deleteRequest(requestId)
  call.settle(requestId)
  return true
}
