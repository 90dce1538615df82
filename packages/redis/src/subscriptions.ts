import { toError } from '@portico-mcp/core/internal'
import type { ChannelListener } from './backend.ts'
import { backoff } from './clients.ts'
import { RedisError } from './redis-error.ts'

/** An open subscription to one channel. */
export interface Subscription {
  /** Settles when the subscription ends, by `stop` or because the connection was lost. */
  ended: Promise<unknown>
  stop(): void
}

/** Subscribes to a channel. Resolves once every message that is sent from then on is received. */
export type Subscribe = (channel: string, onmessage: ChannelListener) => Promise<Subscription>

/** What {@link Subscriptions} need. */
interface SubscriptionsOptions {
  subscribe: Subscribe
  report: (error: Error) => void
}

/**
 * The channels that have listeners, each with one subscription. A subscription that is lost is opened again, at first
 * within 50 ms, later up to two seconds apart. Until then, new listeners of the channel are rejected.
 */
export class Subscriptions {
  readonly #options: SubscriptionsOptions
  readonly #channels = new Map<string, SubscribedChannel>()

  constructor(options: SubscriptionsOptions) {
    this.#options = options
  }

  /** Adds a listener. `listening` rejects if there is no subscription; the listener stays until `stop` is called. */
  add(channel: string, listener: ChannelListener): { stop: () => void; listening: Promise<void> } {
    let subscribed = this.#channels.get(channel)
    if (!subscribed) {
      subscribed = new SubscribedChannel(channel, this.#options)
      this.#channels.set(channel, subscribed)
    }
    const current = subscribed
    const own: ChannelListener = (message) => listener(message)
    current.listeners.add(own)
    const stop = (): void => {
      current.listeners.delete(own)
      if (current.listeners.size > 0 || this.#channels.get(channel) !== current) return
      this.#channels.delete(channel)
      current.close()
    }
    return { stop, listening: current.listening }
  }

  close(): void {
    for (const channel of this.#channels.values()) channel.close()
    this.#channels.clear()
  }
}

class SubscribedChannel {
  readonly listeners = new Set<ChannelListener>()
  /** Whether there is a subscription: that of the last attempt. */
  listening: Promise<void>
  readonly #channel: string
  readonly #options: SubscriptionsOptions
  #subscription: Subscription | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #attempt = 0
  #closed = false

  constructor(channel: string, options: SubscriptionsOptions) {
    this.#channel = channel
    this.#options = options
    this.listening = this.#open()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#subscription?.stop()
  }

  #open(): Promise<void> {
    const opening = this.#subscribe()
    opening.catch((error) => this.#retry(error))
    return opening
  }

  async #subscribe(): Promise<void> {
    const subscription = await this.#options.subscribe(this.#channel, this.#onmessage)
    if (this.#closed) return subscription.stop()
    this.#subscription = subscription
    this.#attempt = 0
    const onend = (cause?: unknown): void => this.#lose(cause)
    subscription.ended.then(onend, onend)
  }

  #lose(cause: unknown): void {
    if (this.#closed) return
    const reason = cause instanceof Error ? `: ${cause.message}` : ''
    const error = new RedisError('redis-unreachable', `A subscription ended${reason}`)
    this.listening = Promise.reject(error)
    this.listening.catch(() => {})
    this.#retry(error)
  }

  #retry(error: Error): void {
    if (this.#closed) return
    // Later attempts are not reported, so that an outage is reported once.
    if (this.#attempt === 0) this.#options.report(error)
    this.#timer = setTimeout(
      () => {
        this.listening = this.#open()
      },
      backoff(this.#attempt++),
    )
  }

  readonly #onmessage = (message: string): void => {
    for (const listener of this.listeners) {
      try {
        listener(message)
      } catch (error) {
        this.#options.report(toError(error))
      }
    }
  }
}
