import type { Answerer } from './answerer.ts'
import { inTime } from './handshake.ts'

const SUBSCRIBE = 'resources/subscribe'

/** The largest number of URIs that a server is subscribed to before a call. */
const MAX_URIS = 64

/** A stream of changes that a client has opened. */
export interface ListeningClient {
  /** The resources that the client listens to. */
  readonly uris: readonly string[]
  readonly caller: string | undefined
  /** Calls back once the stream has ended. */
  whenEnded(callback: () => void): void
}

/**
 * The resources that clients listen to, by caller, if servers have a handler for `resources/subscribe`. In 2026-07-28 no
 * server lives as long as its client: one server is kept for each stream, and servers that are built for calls of the
 * same caller get `resources/subscribe` before the call.
 */
export class Subscriptions {
  readonly #uris = new Map<string, Map<string, number>>()

  /** Whether a client listens to a resource that a server was subscribed to. */
  isUsed = false

  /** Subscribes the server of a stream to its resources, and unsubscribes it at the end; or ends the answerer. */
  async open(answerer: Answerer, { uris, caller = '', whenEnded }: ListeningClient): Promise<void> {
    if (uris.length === 0 || !answerer.handles(SUBSCRIBE)) return answerer.end()
    const { exchange } = answerer
    exchange.isKept = true
    const subscribed: string[] = []
    let isEnded = false
    const subscribing = this.#subscribe(answerer, uris, (uri) => {
      if (isEnded) return
      subscribed.push(uri)
      this.#count(caller, uri, 1)
    })
    whenEnded(() => {
      isEnded = true
      for (const uri of subscribed) this.#count(caller, uri, -1)
      void inTime(
        exchange,
        subscribing.then(() => unsubscribe(answerer, subscribed)),
      ).then(() => answerer.end())
    })
    await inTime(exchange, subscribing)
    if (subscribed.length === 0 && !isEnded) answerer.end()
  }

  /** Subscribes a server to the resources of its caller. A caller without subscriptions costs nothing. */
  async subscribe(answerer: Answerer, caller = ''): Promise<void> {
    const uris = this.#uris.get(caller)
    if (!uris || !answerer.handles(SUBSCRIBE)) return
    await inTime(answerer.exchange, this.#subscribe(answerer, [...uris.keys()].slice(0, MAX_URIS)))
  }

  async #subscribe(
    answerer: Answerer,
    uris: readonly string[],
    ontold: (uri: string) => void = () => {},
  ): Promise<void> {
    await answerer.initialized()
    for (const uri of uris) {
      const response = await answerer.call(SUBSCRIBE, { uri })
      if ('result' in response) ontold(uri)
      // The server has no handler, or the stream has ended.
      else if (response.error.code === -32601 || answerer.isOver) return
    }
  }

  #count(caller: string, uri: string, change: 1 | -1): void {
    const uris = this.#uris.get(caller) ?? new Map<string, number>()
    const streams = (uris.get(uri) ?? 0) + change
    if (streams > 0) uris.set(uri, streams)
    else uris.delete(uri)
    if (uris.size > 0) this.#uris.set(caller, uris)
    else this.#uris.delete(caller)
    this.isUsed = this.#uris.size > 0
  }
}

async function unsubscribe(answerer: Answerer, uris: readonly string[]): Promise<void> {
  for (const uri of uris) await answerer.call('resources/unsubscribe', { uri })
}
