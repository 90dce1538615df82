import { backoff, type Openable } from './clients.ts'
import { RedisError, shown } from './redis-error.ts'

/** How a {@link Link} is kept. */
export interface LinkOptions<Client> {
  /** Each makes a client; an attempt tries one after the other. */
  makers: readonly (() => Client)[]
  /** Prepares a client that has connected, before anyone uses it. */
  prepare?(client: Client): Promise<unknown>
  /** Asks for a sign of life; left out for a client that looks after itself, and is never given up. */
  check?(client: Client): Promise<unknown>
  timeoutMs: number
  secrets: readonly string[]
  report(error: Error): void
}

/**
 * A client that is opened at its first use, and replaced where it is lost or silent. While there is none,
 * calls reject at once: nothing is queued for a Redis that may never come back.
 */
export class Link<Client extends Openable> {
  readonly #options: LinkOptions<Client>
  #client: Client | undefined
  #opening: Client | undefined
  #abandon: (() => void) | undefined
  /** Settles with the first attempt. */
  #first: Promise<void> | undefined
  /** What the last attempt failed with. */
  #failure: RedisError | undefined
  #attempt = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(options: LinkOptions<Client>) {
    this.#options = options
  }

  /** Asks Redis, within the time that it has. */
  async run<Reply>(command: (client: Client) => Promise<Reply>): Promise<Reply> {
    const client = this.#client ?? (await this.#opened())
    try {
      return await this.#within(command(client))
    } catch (thrown) {
      const error = this.#shown(thrown)
      if (this.#options.check && isLost(error)) this.#lose(client, error)
      throw error
    }
  }

  /** Ends the link; what waits for an answer is rejected. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#client?.destroy()
    this.#opening?.destroy()
    this.#abandon?.()
    this.#client = undefined
    this.#opening = undefined
  }

  async #opened(): Promise<Client> {
    if (!this.#closed && !this.#failure) {
      this.#first ??= this.#open()
      await this.#within(this.#first)
    }
    if (this.#client) return this.#client
    throw this.#closed ? closed() : unreachable(this.#failure)
  }

  async #open(): Promise<void> {
    let failure: unknown
    for (const make of this.#options.makers) {
      if (this.#closed) return
      try {
        return this.#use(await this.#connected(make()))
      } catch (error) {
        this.#opening?.destroy()
        this.#opening = undefined
        failure = error
      }
    }
    this.#retry(failure)
  }

  async #connected(client: Client): Promise<Client> {
    const { check, prepare, report } = this.#options
    this.#opening = client
    // without a listener, the error would end the process
    client.on('error', (error) => {
      if (check) this.#lose(client, error)
      else report(this.#shown(error))
    })
    const abandoned = new Promise<never>((_, reject) => {
      this.#abandon = () => reject(closed())
    })
    const connecting = client.connect()
    try {
      await this.#within(Promise.race([connecting.then(() => prepare?.(client)), abandoned]))
      return client
    } catch (error) {
      // destroyed before it connects, a client still does
      connecting.then(() => client.destroy()).catch(() => {})
      throw error
    }
  }

  #use(client: Client): void {
    if (this.#opening !== client) return
    this.#client = client
    this.#opening = undefined
    this.#failure = undefined
    this.#attempt = 0
    this.#checkLater(client)
  }

  /** Gives up a client that does not work any more, and looks for another. */
  #lose(client: Client, error: Error): void {
    if (this.#client !== client) return
    this.#client = undefined
    clearTimeout(this.#timer)
    client.destroy()
    this.#retry(error)
  }

  #retry(error: unknown): void {
    if (this.#closed) return
    const known = this.#failure !== undefined
    this.#failure = this.#shown(error)
    if (!known) this.#options.report(unreachable(this.#failure))
    this.#timer = setTimeout(() => this.#open(), backoff(this.#attempt++))
  }

  #checkLater(client: Client): void {
    const { check, timeoutMs } = this.#options
    if (!check) return
    this.#timer = setTimeout(async () => {
      await this.run(check).catch(() => {})
      if (this.#client === client) this.#checkLater(client)
    }, timeoutMs)
  }

  async #within<Reply>(reply: Promise<Reply>): Promise<Reply> {
    const { timeoutMs } = this.#options
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      const give = (): void =>
        reject(new RedisError('redis-timeout', `Redis did not answer in ${timeoutMs} ms`))
      // a process that was busy itself reads first what has come meanwhile
      timer = setTimeout(() => setImmediate(give), timeoutMs)
    })
    try {
      return await Promise.race([reply, late])
    } finally {
      clearTimeout(timer)
    }
  }

  #shown(thrown: unknown): RedisError {
    return this.#closed ? closed() : shown(thrown, this.#options.secrets)
  }
}

// a server that became a replica may have left its address to another
const isLost = ({ code, message }: RedisError): boolean =>
  code === 'redis-timeout' || (code === 'redis-refused' && message.includes(': READONLY'))

const closed = (): RedisError => new RedisError('redis-closed', 'The connection to Redis is closed')

const unreachable = (failure?: RedisError): RedisError =>
  new RedisError('redis-unreachable', `There is no connection to Redis. ${failure?.message ?? ''}`.trim())
