import { InMemoryServerEventBus, type ServerEvent, type ServerEventBus } from '@portico-mcp/core'
import type { BusMessage, SessionBus } from '@portico-mcp/sessions'
import type { RedisConnection } from './connection.ts'

// by its slot, so that in a Cluster the messages of a channel take one way, and stay in order
const PUBLISH = `return redis.call('PUBLISH', KEYS[1], ARGV[1])`

/**
 * A `SessionBus` and a `ServerEventBus` over Redis pub/sub: what one node sends, every node hears. Channels
 * are those of the server, whichever database the URL names: services that share a Redis need a `prefix` each.
 *
 * In a Cluster, a message may still be on its way when `send` resolves: who begins to listen then may hear it.
 *
 * `publish` reaches the listeners of this process at once, Redis or not; where other nodes cannot be told,
 * the connection's `onerror` is. `send` rejects with a `RedisError` instead.
 */
export class RedisBus extends InMemoryServerEventBus implements SessionBus, ServerEventBus {
  readonly #redis: RedisConnection
  readonly #node = crypto.randomUUID()
  readonly #changes: string
  #unfollow: (() => void) | undefined

  /** @param redis - The connection, shared with the stores. */
  constructor(redis: RedisConnection) {
    super(redis.report)
    this.#redis = redis
    this.#changes = `${redis.prefix}:changes`
  }

  async send(channel: string, message: BusMessage): Promise<void> {
    await this.#redis.evaluate(PUBLISH, [this.#channel(channel)], [JSON.stringify(message)])
  }

  listen(channel: string, listener: (message: BusMessage) => void): Promise<() => void> {
    return this.#redis.listen(this.#channel(channel), (text) => listener(JSON.parse(text)))
  }

  override publish(event: ServerEvent): void {
    super.publish(event)
    const text = JSON.stringify({ node: this.#node, event })
    this.#redis.evaluate(PUBLISH, [this.#changes], [text]).catch(this.#redis.report)
  }

  override subscribe(listener: (event: ServerEvent) => void): () => void {
    const stop = super.subscribe(listener)
    this.#unfollow ??= this.#redis.follow(this.#changes, (text) => this.#hear(text))
    return () => {
      stop()
      if (this.listenerCount > 0) return
      this.#unfollow?.()
      this.#unfollow = undefined
    }
  }

  #hear(text: string): void {
    const { node, event } = JSON.parse(text) as { node: string; event: ServerEvent }
    // its own listeners have heard it
    if (node !== this.#node) super.publish(event)
  }

  #channel(channel: string): string {
    return `${this.#redis.prefix}:bus:${channel}`
  }
}
