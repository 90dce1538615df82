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

/** Makes a fast server answer the messages of an exchange. */
export function attachFastServer(fast: FastServer, exchange: Exchange): void {
  fast.setExchange(exchange)
  exchange.onmessage = (message, extra) => receive(fast, exchange, message, extra)
}

// It stays in front of the SDK's `onmessage` after the SDK has taken over, since it aborts calls that are running.
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
  // Without an `await`, a reply that is there already is sent in the same turn.
  const response = isPromise(reply) ? await reply : reply
  if (response) await exchange.send(response)
  else fast.pass(request, extra)
}

// A request that fails is answered with the error. If it is the only one, the refusal ends the exchange instead.
function fail(exchange: Exchange, id: RequestId, error: unknown): void {
  const refusal = toRefusal(error)
  if (exchange.replies.pending.size > 1) exchange.answer(errorMessage(id, refusal))
  else exchange.end(refusal)
}
