import type { JSONRPCMessage, JSONRPCRequest, MessageExtraInfo } from '@modelcontextprotocol/sdk/types.js'
import { type HandlerExtra, inputResponses, requestState } from '@portico-mcp/core'
import { isRequest, isResponse } from '@portico-mcp/core/internal'
import { mayAsk } from './messages.ts'
import type { Upstream } from './upstream.ts'
import type { UpstreamClient } from './upstream-client.ts'

/** Passes a message of a client on to the server. */
export function passOn(
  upstream: Upstream,
  client: UpstreamClient,
  message: JSONRPCMessage,
  extra: MessageExtraInfo | undefined,
): void {
  if (isResponse(message)) upstream.answer(message)
  else if (isRequest(message)) {
    upstream.request(client, upstream.isModern && mayAsk(message) ? withInput(message, extra) : message)
  } else if (message.method === 'notifications/cancelled') {
    upstream.cancel(client, message.params?.requestId, message.params?.reason)
  } else upstream.notify(message)
}

/** Returns a call with the answers and the state of its earlier rounds, which Portico's handler has read already. */
function withInput(request: JSONRPCRequest, extra: MessageExtraInfo | undefined): JSONRPCRequest {
  const { signal } = new AbortController()
  const handlerExtra: HandlerExtra = { requestId: request.id, signal, requestInfo: extra?.requestInfo }
  const responses = inputResponses(handlerExtra)
  const state = requestState(handlerExtra)
  const input = {
    ...(responses && { inputResponses: responses }),
    ...(state !== undefined && { requestState: state }),
  }
  return { ...request, params: { ...request.params, ...input } }
}
