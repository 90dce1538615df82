import type {
  JSONRPCMessage,
  JSONRPCRequest,
  MessageExtraInfo,
  RequestId,
} from '@modelcontextprotocol/sdk/types.js'
import { toRefusal } from '../../http/errors.ts'
import { errorMessage, isNotification, isRequest } from '../../protocol/json-rpc.ts'
import { isPromise } from '../../utils/type-guards.ts'
import type { Exchange } from '../exchange.ts'
import { replyTo } from './fast-replies.ts'
import type { FastServer } from './fast-server.ts'

/** Has a fast server answer what comes in over an exchange. */
export function attachFastServer(fast: FastServer, exchange: Exchange): void {
  fast.setExchange(exchange)
  exchange.onmessage = (message, extra) => receive(fast, exchange, message, extra)
}

// stays in front of the SDK's own `onmessage`, which takes over the rest
function receive(
  fast: FastServer,
  exchange: Exchange,
  message: JSONRPCMessage,
  extra: MessageExtraInfo | undefined,
): void {
  if (isNotification(message) && message.method === 'notifications/cancelled') {
    fast.calls.find(({ id }) => id === message.params?.requestId)?.abort()
  }
  if (!fast.isActive) return
  if (isRequest(message)) {
    sendReply(fast, exchange, message, extra).catch((error) => fail(exchange, message.id, error))
  } else fast.pass(message, extra)
}

async function sendReply(
  fast: FastServer,
  exchange: Exchange,
  request: JSONRPCRequest,
  extra: MessageExtraInfo | undefined,
): Promise<void> {
  const reply = replyTo(fast, request, extra)
  // a reply that is known at once is sent at once
  const response = isPromise(reply) ? await reply : reply
  if (response) await exchange.send(response)
  else fast.pass(request, extra)
}

// the client gets an answer, whatever went wrong
function fail(exchange: Exchange, id: RequestId, error: unknown): void {
  const refusal = toRefusal(error)
  if (exchange.replies.pending.size > 1) exchange.answer(errorMessage(id, refusal))
  else exchange.end(refusal)
}
