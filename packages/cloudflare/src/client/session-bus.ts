import type { BusMessage, SessionBus } from '@portico-mcp/sessions'
import { nameScopeObject } from './names.ts'
import type { Objects } from './objects.ts'
import { Subscription } from './subscription.ts'

/** Messages that wait to be sent together. */
interface Batch {
  messages: string[]
  sending: Promise<void>
}

/**
 * Carries messages over the object of each session. What is sent while a listener reconnects is received later. `send` and
 * `listen` reject with a `CloudflareError` if the object cannot be reached.
 */
export class DurableSessionBus implements SessionBus {
  readonly #objects: Objects
  /** The last batch of each channel that something is being sent to. */
  readonly #batches = new Map<string, Batch>()

  constructor(objects: Objects) {
    this.#objects = objects
  }

  send(channel: string, message: BusMessage): Promise<void> {
    const text = JSON.stringify(message)
    const last = this.#batches.get(channel)
    if (last && last.messages.length > 0) {
      last.messages.push(text)
      return last.sending
    }
    // Requests to an object may arrive in another order, so one waits for the one before.
    const batch: Batch = { messages: [text], sending: Promise.resolve() }
    batch.sending = this.#send(channel, batch, last?.sending)
    this.#batches.set(channel, batch)
    return batch.sending
  }

  async listen(channel: string, listener: (message: BusMessage) => void): Promise<() => void> {
    const subscription = new Subscription(this.#objects, nameScopeObject(channel), undefined, (text) => {
      try {
        listener(JSON.parse(text))
      } catch (error) {
        this.#objects.report(error)
      }
    })
    await subscription.open()
    return () => subscription.close()
  }

  async #send(channel: string, batch: Batch, before: Promise<void> | undefined): Promise<void> {
    await before?.catch(() => {})
    try {
      await this.#objects.call(nameScopeObject(channel), 'send', batch.messages.splice(0))
    } finally {
      if (this.#batches.get(channel) === batch) this.#batches.delete(channel)
    }
  }
}
