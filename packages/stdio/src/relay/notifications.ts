import type { JSONRPCNotification } from '@modelcontextprotocol/sdk/types.js'
import { isChange } from './messages.ts'
import { withoutSubscription } from './modern-form.ts'
import type { PendingRequest, PendingRequests } from './pending-requests.ts'
import type { Questions } from './questions.ts'
import type { UpstreamClient } from './upstream-client.ts'

const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged'

/** Sends the notifications of a server to the clients that they belong to. */
export class Notifications {
  /** The client that was attached last. Its transport publishes changes, even after the client has its answer. */
  announcer: UpstreamClient | undefined
  readonly #pending: PendingRequests
  readonly #clients: ReadonlySet<UpstreamClient>
  readonly #questions: Questions

  constructor(pending: PendingRequests, clients: ReadonlySet<UpstreamClient>, questions: Questions) {
    this.#pending = pending
    this.#clients = clients
    this.#questions = questions
  }

  /** @param related - The request on whose stream it came, if requests have streams. */
  receive(notification: JSONRPCNotification, related: PendingRequest | undefined): void {
    const { method, params } = notification
    if (method === 'notifications/progress') this.#sendProgress(notification)
    else if (method === 'notifications/cancelled') this.#questions.cancel(notification)
    else if (isChange(method)) {
      this.announcer?.send({ jsonrpc: '2.0', method, params: withoutSubscription(params) })
    } else if (method !== ACKNOWLEDGED) {
      // It names no request, so it goes to the only client that has one.
      const only = related ?? this.#pending.findOnly()
      if (only) only.client.send(notification, only.request.id)
      else if (this.#clients.size === 1) for (const client of this.#clients) client.send(notification)
    }
  }

  #sendProgress(notification: JSONRPCNotification): void {
    const [pending, sent] = this.#pending.matchProgress(notification) ?? []
    if (pending && sent) pending.client.send(sent, pending.request.id)
  }
}
