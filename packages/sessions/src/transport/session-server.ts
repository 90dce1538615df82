import type { ConnectedServer } from './connected-server.ts'
import type { SessionTransportListener } from './session-transport.ts'

/** How the server of a session is built, and the listeners for its messages. */
export interface SessionServerOptions<Arguments extends unknown[]> {
  readonly key: string
  /** Builds the server and repeats the handshake of the client with it. */
  restore(...args: Arguments): Promise<ConnectedServer>
  /** Called with every message that the server sends. */
  onsend: SessionTransportListener['onsend']
  /** Called when the server has closed itself. */
  onlost(): void
  /** @throws the refusal that the session ended with, if it has ended. */
  checkOpen(): void
}

/**
 * The server of a session on this node. It is built when it is first needed, and again for the next request after it
 * closed itself.
 */
export class SessionServer<Arguments extends unknown[]> {
  /** The server, once it has completed the handshake. */
  connected: ConnectedServer | undefined
  readonly #options: SessionServerOptions<Arguments>
  #opening: Promise<ConnectedServer> | undefined

  constructor(options: SessionServerOptions<Arguments>) {
    this.#options = options
  }

  /** Takes over the server that answered `initialize`. */
  adopt(connected: ConnectedServer): void {
    this.#attach(connected)
    this.#opening = Promise.resolve(connected)
  }

  /** Returns the server, and builds it first if it does not exist. */
  async get(...args: Arguments): Promise<ConnectedServer> {
    this.#options.checkOpen()
    this.#opening ??= this.#options.restore(...args).then((connected) => {
      this.#attach(connected)
      return connected
    })
    const opening = this.#opening
    const connected = await opening.catch((error) => {
      if (this.#opening === opening) this.#opening = undefined
      throw error
    })
    this.#options.checkOpen()
    return connected
  }

  /** Closes the server, if one exists or is being built. */
  async close(): Promise<void> {
    const connected = await this.#opening?.catch(() => undefined)
    await connected?.close()
  }

  #attach(connected: ConnectedServer): void {
    this.connected = connected
    connected.transport.attach(this.#options.key, {
      onsend: this.#options.onsend,
      onend: () => this.#lose(connected),
    })
  }

  #lose(connected: ConnectedServer): void {
    if (this.connected !== connected) return
    this.connected = undefined
    this.#opening = undefined
    void connected.close()
    this.#options.onlost()
  }
}
