import { toError } from '@portico-mcp/core/internal'
import type { ChannelListener, RedisBackend } from './backend.ts'
import {
  type CommandClient,
  clusterClient,
  type RedisCommands,
  type ServerClient,
  serverClient,
} from './clients.ts'
import { ManagedClient } from './managed-client.ts'
import { type RedisConnectionOptions, readOptions } from './options.ts'

// Sent by a script with the channel as its key, which runs on the node of that slot, so that the messages of a channel stay
// in order in a Cluster.
const PUBLISH = `return redis.call('PUBLISH', KEYS[1], ARGV[1])`

/**
 * The connection that the stores and the bus share: one client for commands, and a second one for subscriptions once there
 * are any, however many sessions there are. They connect at their first use.
 *
 * A client that loses its connection, or does not answer for `timeoutMs`, is replaced. The first attempt is made within
 * 50 ms, later ones up to two seconds apart, and all subscriptions are restored. Until then, all calls reject immediately
 * with a {@link RedisError}, and nothing is queued.
 *
 * Works with Redis 6.2 and later, and servers with the same protocol (RESP 3), as one server or as a Cluster.
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
export class RedisConnection implements RedisBackend {
  /** The prefix of all keys and channels. */
  readonly prefix: string
  /** Reports to `onerror`. */
  readonly report: (error: Error) => void
  readonly #commands: ManagedClient<CommandClient>
  readonly #subscriber: ManagedClient<ServerClient>
  readonly #channels = new Map<string, Set<ChannelListener>>()

  /**
   * @throws TypeError for an unknown option or a malformed URL. The message does not contain the URL.
   * @throws RangeError if a number is out of range.
   */
  constructor(options: RedisConnectionOptions = {}) {
    const settings = readOptions(options)
    const { urls, isCluster, prefix, report } = settings
    this.prefix = prefix
    this.report = report
    // Every node of a Cluster delivers every message, so the subscriber connects to any one of them.
    const makers = urls.map((url) => () => serverClient(settings, url))
    const check = (client: ServerClient): Promise<string> => client.ping()
    this.#commands = isCluster
      ? new ManagedClient({ ...settings, makers: [() => clusterClient(settings)] })
      : new ManagedClient<ServerClient>({ ...settings, makers, check })
    this.#subscriber = new ManagedClient({
      ...settings,
      makers,
      check,
      prepare: (client) => this.#listenAgain(client),
    })
  }

  /** The number of channels with a listener. */
  get channelCount(): number {
    return this.#channels.size
  }

  /**
   * Runs a command.
   *
   * @throws RedisError if Redis cannot be reached, does not answer in time, or answers with an error.
   */
  run<Reply>(command: (client: RedisCommands) => Promise<Reply>): Promise<Reply> {
    return this.#commands.run(command)
  }

  /** Runs a Lua script atomically. Its keys must be in the same slot of a Cluster. */
  evaluate(script: string, keys: string[], parameters: readonly (string | number)[] = []): Promise<unknown> {
    // EVALSHA is not used: a script that has to be sent again after NOSCRIPT would run after later ones.
    return this.run((client) => client.eval(script, { keys, arguments: parameters.map(String) }))
  }

  /** Sends a message to a channel. The messages of one sender to one channel arrive in order. */
  async publish(channel: string, message: string): Promise<void> {
    await this.evaluate(PUBLISH, [channel], [message])
  }

  /**
   * Subscribes to a channel. Resolves once every message that is sent from then on is received.
   *
   * @returns A function that unsubscribes. It may be called more than once.
   * @throws RedisError if Redis cannot be reached. Then there is no subscription.
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

  /** Subscribes to a channel as soon as Redis can be reached. Messages that are sent before are not received. */
  follow(channel: string, listener: ChannelListener): () => void {
    const [stop, listening] = this.#add(channel, listener)
    // The next connection subscribes to it.
    listening.catch(() => {})
    return stop
  }

  /** Closes both clients. Pending calls reject. It may be called more than once. */
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
      // Without a connection, there is nothing to unsubscribe from.
      this.#subscriber.run((client) => client.unsubscribe(channel, this.#onmessage)).catch(() => {})
    }
    return [stop, this.#subscriber.run((client) => client.subscribe(channel, this.#onmessage))]
  }

  async #listenAgain(client: ServerClient): Promise<void> {
    const channels = [...this.#channels.keys()]
    if (channels.length > 0) await client.subscribe(channels, this.#onmessage)
  }

  readonly #onmessage = (message: string, channel: string): void => {
    for (const listener of this.#channels.get(channel) ?? []) {
      try {
        listener(message)
      } catch (error) {
        this.report(toError(error))
      }
    }
  }
}
