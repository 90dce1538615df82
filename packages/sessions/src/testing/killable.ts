import type { McpHttpHandler } from '@portico-mcp/core'
import type { EventStore, SessionBus, SessionStore } from '../index.ts'

interface Shared {
  store: SessionStore
  eventStore: EventStore
  bus: SessionBus
}

/** A node that can be killed: from then on it reaches nothing, and whoever reads from it is cut off. */
export class Killable {
  readonly shared: Shared
  handler: McpHttpHandler | undefined
  #dead = false
  readonly #cuts = new Set<() => void>()
  readonly #deaf = new Set<() => void>()

  constructor({ store, eventStore, bus }: Shared) {
    const alive = <T extends object>(service: T): T =>
      new Proxy(service, {
        get: (target, name) => {
          const value = Reflect.get(target, name)
          if (typeof value !== 'function') return value
          return async (...args: unknown[]) => {
            if (this.#dead) throw new Error('killed')
            return value.apply(target, args)
          }
        },
      })
    this.shared = {
      store: alive(store),
      eventStore: alive(eventStore),
      bus: {
        send: alive(bus).send,
        listen: async (channel, listener) => {
          if (this.#dead) throw new Error('killed')
          const stop = await bus.listen(channel, (message) => !this.#dead && listener(message))
          this.#deaf.add(stop)
          return stop
        },
      },
    }
  }

  get dead(): boolean {
    return this.#dead
  }

  async fetch(request: Request): Promise<Response> {
    if (this.#dead) throw new TypeError('fetch failed: killed')
    const response = await Promise.race([this.handler!.fetch(request), this.#killed()])
    if (!response.body) return response
    return new Response(this.#cut(response.body), response)
  }

  kill(): void {
    this.#dead = true
    for (const cut of this.#cuts) cut()
    for (const stop of this.#deaf) stop()
  }

  #killed(): Promise<never> {
    return new Promise((_, reject) => this.#cuts.add(() => reject(new TypeError('fetch failed: killed'))))
  }

  #cut(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = body.getReader()
    return new ReadableStream({
      start: (controller) => {
        const cut = (): void => {
          try {
            controller.error(new TypeError('terminated: killed'))
          } catch {
            // it has ended
          }
        }
        this.#cuts.add(cut)
      },
      async pull(controller) {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: () => reader.cancel(),
    })
  }
}
