import type { JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import type { Listening } from '../modern/listen.ts'
import type { Connection } from './connection.ts'
import { shortcutOf } from './fast/fast-answerer.ts'
import { completeHandshake, inTime } from './handshake.ts'

/** How many URIs a server is told of before a call, at most. */
const MAX_TOLD = 64

/**
 * The resources that are being listened to where servers have a handler for `resources/subscribe`, by caller.
 * In 2026-07-28 no server lives as long as its client: one is kept for each stream, and those that are built
 * for calls of the same caller are told before they get them.
 */
export class Subscriptions {
  readonly #uris = new Map<string, Map<string, number>>()

  /** Whether anybody listens to what a server was told of. */
  get isUsed(): boolean {
    return this.#uris.size > 0
  }

  /** Tells the server of a stream what is listened to, and that it is no longer; or ends it. */
  async open(connection: Connection, { uris, caller = '', whenEnded }: Listening): Promise<void> {
    const { server } = connection
    if (uris.length === 0 || shortcutOf(server)?.isOpen) return connection.end()
    connection.exchange.isKept = true
    const told: string[] = []
    let isEnded = false
    const telling = this.#tell(connection, uris, (uri) => {
      if (isEnded) return
      told.push(uri)
      this.#count(caller, uri, 1)
    })
    whenEnded(() => {
      isEnded = true
      for (const uri of told) this.#count(caller, uri, -1)
      void inTime(
        connection,
        telling.then(() => untell(connection, told)),
      ).then(() => connection.end())
    })
    await inTime(connection, telling)
    if (told.length === 0 && !isEnded) connection.end()
  }

  /** Tells a server what its caller listens to. A caller without subscriptions costs nothing. */
  async tell(connection: Connection, caller = ''): Promise<void> {
    const uris = this.#uris.get(caller)
    if (!uris || shortcutOf(connection.server)?.isOpen) return
    await inTime(connection, this.#tell(connection, [...uris.keys()].slice(0, MAX_TOLD)))
  }

  async #tell(
    connection: Connection,
    uris: readonly string[],
    ontold: (uri: string) => void = () => {},
  ): Promise<void> {
    await completeHandshake(connection)
    for (const uri of uris) {
      const response = await call(connection, 'resources/subscribe', uri)
      if ('result' in response) ontold(uri)
      // it has no handler, or the stream has ended
      else if (response.error.code === -32601 || connection.exchange.isOver) return
    }
  }

  #count(caller: string, uri: string, change: 1 | -1): void {
    const uris = this.#uris.get(caller) ?? new Map<string, number>()
    const streams = (uris.get(uri) ?? 0) + change
    if (streams > 0) uris.set(uri, streams)
    else uris.delete(uri)
    if (uris.size > 0) this.#uris.set(caller, uris)
    else this.#uris.delete(caller)
  }
}

async function untell(connection: Connection, uris: readonly string[]): Promise<void> {
  for (const uri of uris) await call(connection, 'resources/unsubscribe', uri)
}

const call = ({ exchange, extra }: Connection, method: string, uri: string): Promise<JSONRPCResponse> =>
  exchange.call(method, { uri }, extra)
