import { backoff, type Openable } from './clients.ts'
import { RedisError, toRedisError } from './redis-error.ts'
import { within } from './within.ts'

/** Options of a {@link ManagedClient}. */
export interface ManagedClientOptions<Client> {
  /** Each creates a client. An attempt to connect tries one after the other. */
  makers: readonly (() => Client)[]
  /** Prepares a client after it has connected, before it is used. */
  prepare?(client: Client): Promise<unknown>
  /** Checks that a client works. Leave it out for a client that reconnects by itself, which is never replaced. */
  check?(client: Client): Promise<unknown>
  timeoutMs: number
  secrets: readonly string[]
  report(error: Error): void
}

/**
 * A client that connects at its first use and is replaced when it loses its connection or does not answer. While there is
 * no connection, calls reject immediately: no commands are queued.
 */
export class ManagedClient<Client extends Openable> {
  readonly #options: ManagedClientOptions<Client>
  #client: Client | undefined
  #opening: Client | undefined
  #abandon: (() => void) | undefined
  /** Settles with the first attempt. */
  #first: Promise<void> | undefined
  /** The error of the last attempt. */
  #failure: RedisError | undefined
  #attempt = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #closed = false

  constructor(options: ManagedClientOptions<Client>) {
    this.#options = options
  }

  /** Runs a command. Rejects if Redis does not answer within the timeout. */
  async run<Reply>(command: (client: Client) => Promise<Reply>): Promise<Reply> {
    const client = this.#client ?? (await this.#getClient())
    try {
      return await within(command(client), this.#options.timeoutMs)
    } catch (thrown) {
      const error = this.#toRedisError(thrown)
      if (this.#options.check && isLost(error)) this.#lose(client, error)
      throw error
    }
  }

  /** Closes the client. Pending commands are rejected. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#client?.destroy()
    this.#opening?.destroy()
    this.#abandon?.()
    this.#client = undefined
    this.#opening = undefined
  }

  async #getClient(): Promise<Client> {
    if (!this.#closed && !this.#failure) {
      this.#first ??= this.#open()
      await within(this.#first, this.#options.timeoutMs)
    }
    if (this.#client) return this.#client
    throw this.#closed ? closed() : unreachable(this.#failure)
  }

  async #open(): Promise<void> {
    let failure: unknown
    for (const make of this.#options.makers) {
      if (this.#closed) return
      try {
        return this.#use(await this.#connect(make()))
      } catch (error) {
        this.#opening?.destroy()
        this.#opening = undefined
        failure = error
      }
    }
    this.#retry(failure)
  }

  async #connect(client: Client): Promise<Client> {
    const { check, prepare, report, timeoutMs } = this.#options
    this.#opening = client
    // Without a listener, the error event would end the process.
    client.on('error', (error) => {
      if (check) this.#lose(client, error)
      else report(this.#toRedisError(error))
    })
    const abandoned = new Promise<never>((_, reject) => {
      this.#abandon = () => reject(closed())
    })
    const connecting = client.connect()
    try {
      await within(Promise.race([connecting.then(() => prepare?.(client)), abandoned]), timeoutMs)
      return client
    } catch (error) {
      // A client that is destroyed while it connects still connects, so it is destroyed again afterwards.
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

  /** Replaces a client that no longer works. */
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
    this.#failure = this.#toRedisError(error)
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

  #toRedisError(thrown: unknown): RedisError {
    return this.#closed ? closed() : toRedisError(thrown, this.#options.secrets)
  }
}

// A READONLY error means that the server became a replica: the URL may lead to another server now.
const isLost = ({ code, message }: RedisError): boolean =>
  code === 'redis-timeout' || (code === 'redis-refused' && message.includes(': READONLY'))

const closed = (): RedisError => new RedisError('redis-closed', 'The connection to Redis is closed')

const unreachable = (failure?: RedisError): RedisError =>
  new RedisError('redis-unreachable', `There is no connection to Redis. ${failure?.message ?? ''}`.trim())
