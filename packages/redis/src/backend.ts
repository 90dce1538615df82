import type { RedisCommands } from './clients.ts'

/** Receives the messages of a channel. */
export type ChannelListener = (message: string) => void

/**
 * What the stores and the bus need of Redis. `RedisConnection` is one over TCP. `fromUpstash` and `fromBun` create others.
 * All methods reject with a `RedisError` if Redis cannot be reached, does not answer in time, or answers with an error.
 */
export interface RedisBackend {
  /** The prefix of all keys and channels. */
  readonly prefix: string
  /** Reports to `onerror`. */
  readonly report: (error: Error) => void
  /** Runs a command. */
  run<Reply>(command: (client: RedisCommands) => Promise<Reply>): Promise<Reply>
  /** Runs a Lua script atomically. Its keys must be in the same slot of a Cluster. */
  evaluate(script: string, keys: string[], parameters?: readonly (string | number)[]): Promise<unknown>
  /** Sends a message to a channel. The messages of one sender to one channel arrive in order. */
  publish(channel: string, message: string): Promise<void>
  /**
   * Subscribes to a channel. Resolves once every message that is sent from then on is received.
   *
   * @returns A function that unsubscribes. It may be called more than once.
   */
  listen(channel: string, listener: ChannelListener): Promise<() => void>
  /** Subscribes to a channel as soon as Redis can be reached. Messages that are sent before are not received. */
  follow(channel: string, listener: ChannelListener): () => void
  /** Ends all subscriptions. Pending and later calls reject. It may be called more than once. */
  close(): Promise<void>
}
