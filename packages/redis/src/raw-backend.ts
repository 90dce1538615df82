import type { ChannelListener, RedisBackend } from './backend.ts'
import type { RedisCommands } from './clients.ts'
import { createCommands, type SendCommand } from './raw-commands.ts'
import { RedisError } from './redis-error.ts'
import { type Subscribe, type Subscription, Subscriptions } from './subscriptions.ts'
import { within } from './within.ts'

/** A client that sends raw commands. Its errors are instances of `RedisError`. */
export interface RawClient {
  send: SendCommand
  /** Sends a message to a channel, after those that were sent before. */
  publish(channel: string, message: string): Promise<unknown>
  subscribe: Subscribe
  /** Ends what is open. Pending calls reject where they can be ended. */
  close(): void
}

/** Options of a {@link RawBackend}. */
export interface RawBackendOptions {
  prefix: string
  timeoutMs: number
  report: (error: Error) => void
}

/** Redis through a client that sends raw commands. */
export class RawBackend implements RedisBackend {
  readonly prefix: string
  readonly report: (error: Error) => void
  readonly #client: RawClient
  readonly #timeoutMs: number
  readonly #commands: RedisCommands
  readonly #subscriptions: Subscriptions
  #closed = false

  constructor(client: RawClient, { prefix, timeoutMs, report }: RawBackendOptions) {
    this.prefix = prefix
    this.report = report
    this.#client = client
    this.#timeoutMs = timeoutMs
    this.#commands = createCommands((command) => this.#call(() => client.send(command)))
    this.#subscriptions = new Subscriptions({
      subscribe: (channel, onmessage) => this.#subscribe(channel, onmessage),
      report,
    })
  }

  run<Reply>(command: (client: RedisCommands) => Promise<Reply>): Promise<Reply> {
    return command(this.#commands)
  }

  evaluate(script: string, keys: string[], parameters: readonly (string | number)[] = []): Promise<unknown> {
    return this.#commands.eval(script, { keys, arguments: parameters.map(String) })
  }

  async publish(channel: string, message: string): Promise<void> {
    await this.#call(() => this.#client.publish(channel, message))
  }

  async listen(channel: string, listener: ChannelListener): Promise<() => void> {
    if (this.#closed) throw closed()
    const { stop, listening } = this.#subscriptions.add(channel, listener)
    try {
      await listening
    } catch (error) {
      stop()
      throw error
    }
    return stop
  }

  follow(channel: string, listener: ChannelListener): () => void {
    if (this.#closed) return () => {}
    const { stop, listening } = this.#subscriptions.add(channel, listener)
    // It is tried again until it succeeds.
    listening.catch(() => {})
    return stop
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#subscriptions.close()
    this.#client.close()
  }

  async #subscribe(channel: string, onmessage: ChannelListener): Promise<Subscription> {
    let opening: Promise<Subscription> | undefined
    try {
      return await this.#call(() => (opening = this.#client.subscribe(channel, onmessage)))
    } catch (error) {
      // One that is opened after the timeout has no listener.
      opening?.then(({ stop }) => stop()).catch(() => {})
      throw error
    }
  }

  async #call<Reply>(run: () => Promise<Reply>): Promise<Reply> {
    if (this.#closed) throw closed()
    try {
      return await within(run(), this.#timeoutMs)
    } catch (error) {
      throw this.#closed ? closed() : error
    }
  }
}

const closed = (): RedisError => new RedisError('redis-closed', 'The connection to Redis is closed')
