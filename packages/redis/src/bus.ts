import { InMemoryServerEventBus, type ServerEvent, type ServerEventBus } from '@portico-mcp/core'
import type { BusMessage, SessionBus } from '@portico-mcp/sessions'
import type { RedisBackend } from './backend.ts'

/**
 * A `SessionBus` and a `ServerEventBus` over Redis pub/sub. Every node receives what one node sends. Channels are shared
 * by all databases of a Redis server, so services that share a server need different prefixes.
 *
 * In a Cluster, a message may still be on its way when `send` resolves, so a listener that subscribes then may receive it.
 *
 * `publish` reaches the listeners of this process immediately, even without Redis. If other nodes cannot be reached, the
 * connection's `onerror` is called. `send` rejects with a `RedisError` instead.
 */
export class RedisBus extends InMemoryServerEventBus implements SessionBus, ServerEventBus {
  readonly #redis: RedisBackend
  readonly #node = crypto.randomUUID()
  readonly #changes: string
  #unsubscribe: (() => void) | undefined

  /** @param redis - The connection, shared with the stores. */
  constructor(redis: RedisBackend) {
    super(redis.report)
    this.#redis = redis
    this.#changes = `${redis.prefix}:changes`
  }

  async send(channel: string, message: BusMessage): Promise<void> {
    await this.#redis.publish(this.#channel(channel), JSON.stringify(message))
  }

  listen(channel: string, listener: (message: BusMessage) => void): Promise<() => void> {
    return this.#redis.listen(this.#channel(channel), (text) => listener(JSON.parse(text)))
  }

  override publish(event: ServerEvent): void {
    super.publish(event)
    const text = JSON.stringify({ node: this.#node, event })
    this.#redis.publish(this.#changes, text).catch(this.#redis.report)
  }

  override subscribe(listener: (event: ServerEvent) => void): () => void {
    const stop = super.subscribe(listener)
    this.#unsubscribe ??= this.#redis.follow(this.#changes, (text) => this.#onEvent(text))
    return () => {
      stop()
      if (this.listenerCount > 0) return
      this.#unsubscribe?.()
      this.#unsubscribe = undefined
    }
  }

  #onEvent(text: string): void {
    const { node, event } = JSON.parse(text) as { node: string; event: ServerEvent }
    // The listeners of this process have received the event already.
    if (node !== this.#node) super.publish(event)
  }

  #channel(channel: string): string {
    return `${this.#redis.prefix}:bus:${channel}`
  }
}
