import type { JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import { createEnvelope, PORTICO } from './modern-form.ts'
import type { OwnRequests } from './own-requests.ts'
import type { SubscribingServer } from './subscriptions.ts'

/** Subscribes in the revision of the server: by a request for each resource, or by a stream for each. */
export function createSubscribingServer(
  revision: { readonly isModern: boolean },
  requests: OwnRequests,
): SubscribingServer {
  const streams = new Map<string, () => void>()
  return {
    async subscribe(uri): Promise<JSONRPCResponse> {
      if (!revision.isModern) return requests.send('resources/subscribe', { uri })
      const notifications = { resourceSubscriptions: [uri] }
      const params = { notifications, _meta: createEnvelope(PORTICO) }
      streams.set(uri, requests.open('subscriptions/listen', params))
      return { jsonrpc: '2.0', id: uri, result: {} }
    },
    unsubscribe(uri) {
      if (!revision.isModern) void requests.send('resources/unsubscribe', { uri })
      streams.get(uri)?.()
      streams.delete(uri)
    },
  }
}
