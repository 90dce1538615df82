import type { ServerEvent, ServerEventBus } from '@portico-mcp/core'
import { waitUntil } from '#wait-until'
import type { Objects } from './objects.ts'
import type { Shards } from './shards.ts'
import { Subscription } from './subscription.ts'

/**
 * A `ServerEventBus` over some objects: each event goes to all of them, and each listener listens to one. Events that are
 * published together arrive in their order.
 *
 * A subscription belongs to the request that makes it. If the objects cannot be reached, `onerror` is called, and the
 * subscription is made as soon as they can.
 */
export class DurableEventBus implements ServerEventBus {
  readonly #objects: Objects
  readonly #shards: Shards

  constructor(objects: Objects, shards: Shards) {
    this.#objects = objects
    this.#shards = shards
  }

  /** Events that are sent after the current microtask, which belongs to one request. */
  #pending: string[] = []

  publish(event: ServerEvent): void {
    if (this.#pending.push(JSON.stringify(event)) > 1) return
    waitUntil(Promise.resolve().then(() => this.#flush()))
  }

  subscribe(listener: (event: ServerEvent) => void): () => void {
    // What is published while the connection is made is received, too.
    const from = Date.now() * 1000
    const subscription = new Subscription(this.#objects, this.#shards.pick(), from, (text) => {
      try {
        listener(JSON.parse(text))
      } catch (error) {
        this.#objects.report(error)
      }
    })
    void subscription.follow()
    return () => subscription.close()
  }

  async #flush(): Promise<void> {
    const events = this.#pending
    this.#pending = []
    const send = (name: string): Promise<unknown> =>
      this.#objects.call(name, 'send', events).catch(this.#objects.report)
    await Promise.all(this.#shards.all.map(send))
  }
}
