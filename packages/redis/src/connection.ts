import { toError } from '@portico-mcp/core/internal'
import {
  type CommandClient,
  clusterClient,
  type RedisCommands,
  type ServerClient,
  serverClient,
} from './clients.ts'
import { Link } from './link.ts'
import { type RedisConnectionOptions, readOptions } from './options.ts'

/** Hears the messages of a channel. */
export type ChannelListener = (message: string) => void

/**
 * The connection that stores and bus share: one to ask Redis, and one more to listen as soon as somebody
 * does, however many sessions there are. It opens at the first use.
 *
 * A connection that is lost, or silent for `timeoutMs`, is replaced: attempts come within 50 ms, then ever
 * later, up to two seconds apart; every channel that is listened to comes back with it. Until then everything
 * rejects at once with a {@link RedisError}, and nothing is queued.
 *
 * Redis 6.2 and later, or what speaks its protocol (RESP 3), as one server or as a Cluster.
 *
 * @example
 * ```ts
 * import { RedisBus, RedisConnection, RedisEventStore, RedisSessionStore } from '@portico-mcp/redis'
 *
 * const redis = new RedisConnection({ url: process.env.REDIS_URL, onerror: console.error })
 * export const store = new RedisSessionStore(redis)
 * export const eventStore = new RedisEventStore(redis)
 * export const bus = new RedisBus(redis)
 *
 * process.once('SIGTERM', () => redis.close())
 * ```
 */
export class RedisConnection {
  /** Begins every key and channel. */
  readonly prefix: string
  /** Reports to `onerror`. */
  readonly report: (error: Error) => void
  readonly #commands: Link<CommandClient>
  readonly #subscriber: Link<ServerClient>
  readonly #channels = new Map<string, Set<ChannelListener>>()

  /**
   * @throws TypeError for a URL that is none; it does not repeat it.
   * @throws RangeError for another option that is out of its range.
   */
  constructor(options: RedisConnectionOptions = {}) {
    const settings = readOptions(options)
    const { urls, isCluster, prefix, report } = settings
    this.prefix = prefix
    this.report = report
    // any node of a Cluster carries every message
    const makers = urls.map((url) => () => serverClient(settings, url))
    const check = (client: ServerClient): Promise<string> => client.ping()
    this.#commands = isCluster
      ? new Link({ ...settings, makers: [() => clusterClient(settings)] })
      : new Link<ServerClient>({ ...settings, makers, check })
    this.#subscriber = new Link({
      ...settings,
      makers,
      check,
      prepare: (client) => this.#listenAgain(client),
    })
  }

  /** How many channels are listened to. */
  get channelCount(): number {
    return this.#channels.size
  }

  /**
   * Asks Redis something.
   *
   * @throws RedisError where it cannot be reached, does not answer in time, or refuses.
   */
  run<Reply>(command: (client: RedisCommands) => Promise<Reply>): Promise<Reply> {
    return this.#commands.run(command)
  }

  /** Runs a script, in one step; its keys must be of one slot. */
  evaluate(script: string, keys: string[], parameters: readonly (string | number)[] = []): Promise<unknown> {
    // not by its digest: a script that had to be sent again would overtake another
    return this.run((client) => client.eval(script, { keys, arguments: parameters.map(String) }))
  }

  /**
   * Listens to a channel, and resolves once every message from now on is heard.
   *
   * @returns Stops listening; may be called again.
   * @throws RedisError where Redis cannot be reached; then nobody listens.
   */
  async listen(channel: string, listener: ChannelListener): Promise<() => void> {
    const [stop, listening] = this.#add(channel, listener)
    try {
      await listening
    } catch (error) {
      stop()
      throw error
    }
    return stop
  }

  /** Listens to a channel whenever Redis can be reached; what is sent before is not heard. */
  follow(channel: string, listener: ChannelListener): () => void {
    const [stop, listening] = this.#add(channel, listener)
    // the next connection listens to it
    listening.catch(() => {})
    return stop
  }

  /** Closes both connections; whatever still waits for Redis rejects. May be called again. */
  async close(): Promise<void> {
    this.#channels.clear()
    this.#commands.close()
    this.#subscriber.close()
  }

  #add(channel: string, listener: ChannelListener): [stop: () => void, listening: Promise<void>] {
    const listeners = this.#channels.get(channel) ?? new Set()
    const own: ChannelListener = (message) => listener(message)
    this.#channels.set(channel, listeners.add(own))
    const stop = (): void => {
      listeners.delete(own)
      if (listeners.size > 0 || this.#channels.get(channel) !== listeners) return
      this.#channels.delete(channel)
      // a connection that is lost listens to nothing
      this.#subscriber.run((client) => client.unsubscribe(channel, this.#hear)).catch(() => {})
    }
    return [stop, this.#subscriber.run((client) => client.subscribe(channel, this.#hear))]
  }

  async #listenAgain(client: ServerClient): Promise<void> {
    const channels = [...this.#channels.keys()]
    if (channels.length > 0) await client.subscribe(channels, this.#hear)
  }

  readonly #hear = (message: string, channel: string): void => {
    for (const listener of this.#channels.get(channel) ?? []) {
      try {
        listener(message)
      } catch (error) {
        this.report(toError(error))
      }
    }
  }
}
