import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { isRequest, isResponse } from '@portico-mcp/core/internal'
import type { Upstream } from './upstream.ts'
import type { UpstreamClient } from './upstream-client.ts'

/** Passes a message of a client on to the server. */
export function passOn(upstream: Upstream, client: UpstreamClient, message: JSONRPCMessage): void {
  if (isResponse(message)) upstream.answer(message)
  else if (isRequest(message)) upstream.request(client, message)
  else if (message.method === 'notifications/cancelled') {
    upstream.cancel(client, message.params?.requestId, message.params?.reason)
  } else upstream.notify(message)
}
