import type { JSONRPCRequest, JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import type { UpstreamClient } from './upstream-client.ts'

/** Subscribes at the server. */
export interface SubscribingServer {
  subscribe(uri: string): Promise<JSONRPCResponse>
  unsubscribe(uri: string): void
}

interface Subscription {
  readonly clients: Set<UpstreamClient>
  readonly response: Promise<JSONRPCResponse>
}

/** The resources that the clients of one server are subscribed to: the server is subscribed to each once. */
export class Subscriptions {
  readonly #server: SubscribingServer
  readonly #byUri = new Map<string, Subscription>()

  constructor(server: SubscribingServer) {
    this.#server = server
  }

  /** Answers `resources/subscribe` and `resources/unsubscribe`; undefined for any other request. */
  answer(
    client: UpstreamClient,
    { id, method, params }: JSONRPCRequest,
  ): Promise<JSONRPCResponse> | undefined {
    const { uri } = params ?? {}
    if (typeof uri !== 'string') return undefined
    if (method === 'resources/subscribe') {
      return this.#subscribe(client, uri).then((response) => ({ ...response, id }))
    }
    if (method !== 'resources/unsubscribe') return undefined
    this.#remove(client, uri)
    return Promise.resolve({ jsonrpc: '2.0', id, result: {} })
  }

  /** Removes a client from all of them. */
  release(client: UpstreamClient): void {
    for (const uri of this.#byUri.keys()) this.#remove(client, uri)
  }

  /** Returns those of a client. */
  urisOf(client: UpstreamClient): string[] {
    return [...this.#byUri].filter(([, { clients }]) => clients.has(client)).map(([uri]) => uri)
  }

  async #subscribe(client: UpstreamClient, uri: string): Promise<JSONRPCResponse> {
    const known = this.#byUri.get(uri)
    const subscription = known ?? { clients: new Set(), response: this.#server.subscribe(uri) }
    subscription.clients.add(client)
    this.#byUri.set(uri, subscription)
    const response = await subscription.response
    if ('error' in response && this.#byUri.get(uri) === subscription) this.#byUri.delete(uri)
    return response
  }

  #remove(client: UpstreamClient, uri: string): void {
    const clients = this.#byUri.get(uri)?.clients
    if (!clients?.delete(client) || clients.size > 0) return
    this.#byUri.delete(uri)
    this.#server.unsubscribe(uri)
  }
}
