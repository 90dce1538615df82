import { toError } from '@portico-mcp/core/internal'
import type { ChannelListener } from './backend.ts'
import type { RawClient } from './raw-backend.ts'
import { RedisError } from './redis-error.ts'
import type { Subscription } from './subscriptions.ts'

/** The members of Bun's `RedisClient` that are used. */
export interface BunRedisClient {
  readonly connected: boolean
  onconnect: ((this: never) => void) | null
  onclose: ((this: never, error: Error) => void) | null
  connect(): Promise<void>
  close(): void
  send(command: string, args: string[]): Promise<unknown>
  duplicate(): Promise<BunRedisClient>
  subscribe(channel: string, listener: (message: string, channel: string) => void): Promise<number>
  unsubscribe(channel: string): Promise<void>
}

/** A second connection, which all subscriptions share. */
interface Subscriber {
  client: BunRedisClient
  ended: Promise<unknown>
  end(): void
}

/** Sends commands by Bun's client. */
export class BunClient implements RawClient {
  readonly #client: BunRedisClient
  #connecting: Promise<void> | undefined
  #subscriber: Promise<Subscriber> | undefined

  constructor(client: BunRedisClient) {
    this.#client = client
  }

  async send([name = '', ...args]: readonly string[]): Promise<unknown> {
    try {
      // Without its queue, a client does not connect by itself.
      if (!this.#client.connected) await this.#connect()
      return await this.#client.send(name, args)
    } catch (error) {
      throw toRedisError(error)
    }
  }

  publish(channel: string, message: string): Promise<unknown> {
    return this.send(['PUBLISH', channel, message])
  }

  async subscribe(channel: string, onmessage: ChannelListener): Promise<Subscription> {
    try {
      this.#subscriber ??= this.#openSubscriber()
      const { client, ended } = await this.#subscriber
      await client.subscribe(channel, onmessage)
      return { ended, stop: () => void client.unsubscribe(channel).catch(() => {}) }
    } catch (error) {
      throw toRedisError(error)
    }
  }

  close(): void {
    this.#subscriber?.then(({ end }) => end()).catch(() => {})
  }

  #connect(): Promise<void> {
    this.#connecting ??= this.#client.connect().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  async #openSubscriber(): Promise<Subscriber> {
    try {
      if (!this.#client.connected) await this.#connect()
      const client = await this.#client.duplicate()
      return this.#watch(client)
    } catch (error) {
      this.#subscriber = undefined
      throw error
    }
  }

  #watch(client: BunRedisClient): Subscriber {
    let resolve: () => void
    const ended = new Promise<void>((settle) => {
      resolve = settle
    })
    const end = (): void => {
      client.onconnect = null
      client.onclose = null
      this.#subscriber = undefined
      client.close()
      resolve()
    }
    client.onclose = end
    // A client that reconnects by itself has lost its subscriptions.
    client.onconnect = end
    return { client, ended, end }
  }
}

function toRedisError(thrown: unknown): RedisError {
  const { code, message } = toError(thrown) as Error & { code?: unknown }
  // The reply to an unknown command repeats its arguments.
  const [head] = message.split(/,? with args/)
  return code === 'ERR_REDIS_SERVER_ERROR'
    ? new RedisError('redis-refused', `Redis refused: ${head}`)
    : new RedisError('redis-unreachable', `Redis cannot be reached: ${head}`)
}
