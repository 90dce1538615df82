import type { Answerer } from './answerer.ts'
import { inTime } from './handshake.ts'

const SUBSCRIBE = 'resources/subscribe'

/** How many URIs a server is told of before a call, at most. */
const MAX_TOLD = 64

/** A stream of changes that a client has opened. */
export interface ListeningClient {
  /** The resources that are listened to. */
  readonly uris: readonly string[]
  readonly caller: string | undefined
  /** Calls back once the stream has ended. */
  whenEnded(callback: () => void): void
}

/**
 * The resources that are being listened to where servers have a handler for `resources/subscribe`, by caller.
 * In 2026-07-28 no server lives as long as its client: one is kept for each stream, and those that are built
 * for calls of the same caller are told before they get them.
 */
export class Subscriptions {
  readonly #uris = new Map<string, Map<string, number>>()

  /** Whether a client listens to a resource that a server was told of. */
  isUsed = false

  /** Tells the server of a stream what is listened to, and that it is no longer; or ends it. */
  async open(answerer: Answerer, { uris, caller = '', whenEnded }: ListeningClient): Promise<void> {
    if (uris.length === 0 || !answerer.handles(SUBSCRIBE)) return answerer.end()
    const { exchange } = answerer
    exchange.isKept = true
    const told: string[] = []
    let isEnded = false
    const telling = this.#tell(answerer, uris, (uri) => {
      if (isEnded) return
      told.push(uri)
      this.#count(caller, uri, 1)
    })
    whenEnded(() => {
      isEnded = true
      for (const uri of told) this.#count(caller, uri, -1)
      void inTime(
        exchange,
        telling.then(() => untell(answerer, told)),
      ).then(() => answerer.end())
    })
    await inTime(exchange, telling)
    if (told.length === 0 && !isEnded) answerer.end()
  }

  /** Tells a server what its caller listens to. A caller without subscriptions costs nothing. */
  async tell(answerer: Answerer, caller = ''): Promise<void> {
    const uris = this.#uris.get(caller)
    if (!uris || !answerer.handles(SUBSCRIBE)) return
    await inTime(answerer.exchange, this.#tell(answerer, [...uris.keys()].slice(0, MAX_TOLD)))
  }

  async #tell(
    answerer: Answerer,
    uris: readonly string[],
    ontold: (uri: string) => void = () => {},
  ): Promise<void> {
    await answerer.initialized()
    for (const uri of uris) {
      const response = await answerer.call(SUBSCRIBE, { uri })
      if ('result' in response) ontold(uri)
      // it has no handler, or the stream has ended
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

async function untell(answerer: Answerer, uris: readonly string[]): Promise<void> {
  for (const uri of uris) await answerer.call('resources/unsubscribe', { uri })
}
