import { InMemoryServerEventBus, type ServerEvent, type ServerEventBus } from '@portico-mcp/core'
import type { BusMessage, SessionBus } from '@portico-mcp/sessions'
import { change, type Expiring, type Kv, type KvKey } from './kv.ts'

/** The last message of a channel. */
interface Head extends Expiring {
  last: number
}

const CHANGES = 'changes'
/** How long a message is there for isolates that read it. */
const MESSAGE_MS = 60_000

/** Options of {@link KvBus}. */
export interface KvBusOptions {
  /** The first part of all keys. @defaultValue `portico` */
  prefix?: string | undefined
  /** Called when a change could not be sent to other isolates, and with errors of listeners. @defaultValue `console.error` */
  onerror?: ((error: Error) => void) | undefined
}

/**
 * Carries messages between isolates over Deno KV: they are numbered and stored for a minute, and isolates watch the number of
 * the last one.
 */
export class KvBus extends InMemoryServerEventBus implements SessionBus, ServerEventBus {
  readonly #kv: Kv
  readonly #prefix: string
  readonly #report: (error: Error) => void
  readonly #isolate = crypto.randomUUID()
  readonly #sending = new Map<string, Promise<void>>()
  #stopChanges: (() => void) | undefined

  constructor(kv: Kv, { prefix = 'portico', onerror = console.error }: KvBusOptions = {}) {
    super(onerror)
    this.#kv = kv
    this.#prefix = prefix
    this.#report = onerror
  }

  send(channel: string, message: BusMessage): Promise<void> {
    // One after the other, so that they are numbered in order.
    const before = this.#sending.get(channel) ?? Promise.resolve()
    const sending = before.catch(() => {}).then(() => this.#store(channel, message))
    this.#sending.set(channel, sending)
    const forget = (): void => {
      if (this.#sending.get(channel) === sending) this.#sending.delete(channel)
    }
    sending.then(forget, forget)
    return sending
  }

  async listen(channel: string, listener: (message: BusMessage) => void): Promise<() => void> {
    const reader = this.#kv.watch<Head>([this.#headKey(channel)]).getReader()
    const first = await reader.read()
    const position = first.value?.[0].value?.last ?? 0
    let isListening = true
    const own = (message: BusMessage): void => {
      if (isListening) listener(message)
    }
    this.#follow(channel, reader, position, own).catch((error) => {
      if (isListening) this.#report(error)
    })
    return () => {
      isListening = false
      reader.cancel().catch(() => {})
    }
  }

  override publish(event: ServerEvent): void {
    super.publish(event)
    const message = { isolate: this.#isolate, event: event as unknown as BusMessage }
    this.send(CHANGES, message).catch(this.#report)
  }

  override subscribe(listener: (event: ServerEvent) => void): () => void {
    const stop = super.subscribe(listener)
    if (!this.#stopChanges) this.#listenToChanges()
    return () => {
      stop()
      if (this.listenerCount > 0) return
      this.#stopChanges?.()
      this.#stopChanges = undefined
    }
  }

  #listenToChanges(): void {
    const listening = this.listen(CHANGES, ({ isolate, event }) => {
      // The listeners of this isolate have received the event already.
      if (isolate !== this.#isolate) super.publish(event as unknown as ServerEvent)
    })
    listening.catch(this.#report)
    this.#stopChanges = () => void listening.then((stop) => stop()).catch(() => {})
  }

  async #store(channel: string, message: BusMessage): Promise<void> {
    const until = Date.now() + MESSAGE_MS
    await change<Head, number>(
      this.#kv,
      this.#headKey(channel),
      (head) => {
        // After a pause, numbers go on with the time, which is later than any number before.
        const last = head ? head.last + 1 : Date.now() * 1000
        return { result: last, next: { last, until } }
      },
      (transaction, last) =>
        transaction.set(this.#messageKey(channel, last), message, { expireIn: MESSAGE_MS }),
    )
  }

  async #follow(
    channel: string,
    heads: ReadableStreamDefaultReader<[{ value: Head | null }]>,
    position: number,
    listener: (message: BusMessage) => void,
  ): Promise<void> {
    let last = position
    for (let head = await heads.read(); !head.done; head = await heads.read()) {
      const start = this.#messageKey(channel, last + 1)
      const end = this.#messageKey(channel, Number.MAX_SAFE_INTEGER)
      for await (const { key, value } of this.#kv.list<BusMessage>({ start, end })) {
        last = key.at(-1) as number
        this.#deliver(listener, value)
      }
    }
  }

  #deliver(listener: (message: BusMessage) => void, message: BusMessage): void {
    try {
      listener(message)
    } catch (error) {
      this.#report(error as Error)
    }
  }

  #headKey(channel: string): KvKey {
    return [this.#prefix, 'bus', channel]
  }

  #messageKey(channel: string, index: number): KvKey {
    return [this.#prefix, 'bus', channel, index]
  }
}
