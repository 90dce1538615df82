import type { Frame } from '../object/channel.ts'
import type { PlatformSocket } from '../platform.ts'
import type { Objects } from './objects.ts'

/** Milliseconds between pings. A listener that gets no answer to one reconnects. */
const PING_MS = 30_000
const MIN_DELAY_MS = 50
const MAX_DELAY_MS = 2000

/**
 * A listener of an object's channel. It belongs to the request that opened it, as all connections of Workers do, and ends
 * with it. If the object is restarted, it reconnects and receives what was sent in the meantime.
 */
export class Subscription {
  readonly #objects: Objects
  readonly #name: string
  readonly #onmessage: (message: string) => void
  #socket: PlatformSocket | undefined
  #position: number | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  /**
   * @param name - The name of the object.
   * @param after - Also receive what was sent after this position, in microseconds since the epoch.
   * @param onmessage - Is called with each message. It must not throw.
   */
  constructor(
    objects: Objects,
    name: string,
    after: number | undefined,
    onmessage: (message: string) => void,
  ) {
    this.#objects = objects
    this.#name = name
    this.#position = after
    this.#onmessage = onmessage
  }

  /** Connects. Resolves once every message that is sent from then on is received. */
  async open(): Promise<void> {
    const socket = await this.#objects.connect(this.#name, this.#position)
    if (this.#isClosed) return socket.close(1000)
    this.#socket = socket
    let isAlive = true
    socket.addEventListener('message', ({ data }) => {
      isAlive = true
      if (data !== 'pong') this.#receive(String(data))
    })
    const onend = (): void => this.#reconnect(socket)
    socket.addEventListener('close', onend)
    socket.addEventListener('error', onend)
    const ping = (): void => {
      if (isAlive) {
        isAlive = false
        socket.send('ping')
        this.#timer = setTimeout(ping, PING_MS)
      } else this.#reconnect(socket)
    }
    this.#timer = setTimeout(ping, PING_MS)
  }

  /** Connects as soon as the object can be reached. The first failure is reported. */
  async follow(): Promise<void> {
    for (let delayMs = MIN_DELAY_MS; !this.#isClosed; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
      try {
        return await this.open()
      } catch (error) {
        if (delayMs === MIN_DELAY_MS) this.#objects.report(error)
      }
      // The listeners of a restarted object must not all come back at the same moment.
      await new Promise((resolve) => setTimeout(resolve, delayMs * (0.5 + Math.random())))
    }
  }

  /** Ends the subscription. It may be called more than once. */
  close(): void {
    this.#isClosed = true
    this.#leave()
  }

  #receive(text: string): void {
    const [position, messages] = JSON.parse(text) as Frame
    this.#position = position
    for (const message of messages) {
      if (this.#isClosed) return
      this.#onmessage(message)
    }
  }

  #reconnect(socket: PlatformSocket): void {
    if (this.#isClosed || this.#socket !== socket) return
    this.#leave()
    void this.follow()
  }

  #leave(): void {
    clearTimeout(this.#timer)
    const socket = this.#socket
    this.#socket = undefined
    try {
      socket?.close(1000)
    } catch {
      // The other side has closed it.
    }
  }
}
