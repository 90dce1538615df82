import { RedisError } from './redis-error.ts'
import { timedOut } from './within.ts'

/** A command, as a list of texts. */
type Command = readonly string[]

interface Waiting {
  command: Command
  until: number
  resolve(reply: unknown): void
  reject(error: unknown): void
}

const MAX_WAITING = 10_000
const MAX_BATCH = 100
/** Upstash rejects requests of more than 1 MB. A character takes up to four bytes. */
const MAX_BATCH_LENGTH = 200_000

/**
 * Sends commands in order, although requests that are sent at the same time may arrive in any order: one request at a time,
 * with all commands that wait, up to a limit. Commands that wait for longer than `timeoutMs` are not sent.
 */
export class SendQueue {
  readonly #sendAll: (commands: readonly Command[]) => Promise<readonly PromiseSettledResult<unknown>[]>
  readonly #timeoutMs: number
  #waiting: Waiting[] = []
  #isSending = false

  /** @param sendAll - Sends commands in order, and resolves to what became of each. */
  constructor(
    sendAll: (commands: readonly Command[]) => Promise<readonly PromiseSettledResult<unknown>[]>,
    timeoutMs: number,
  ) {
    this.#sendAll = sendAll
    this.#timeoutMs = timeoutMs
  }

  /** @throws RedisError if too many commands wait, or this one waited for too long. */
  send(command: Command): Promise<unknown> {
    if (this.#waiting.length >= MAX_WAITING) {
      const message = `More than ${MAX_WAITING} messages wait for Redis`
      return Promise.reject(new RedisError('redis-unreachable', message))
    }
    const reply = new Promise((resolve, reject) => {
      this.#waiting.push({ command, until: Date.now() + this.#timeoutMs, resolve, reject })
    })
    if (!this.#isSending) void this.#drain()
    return reply
  }

  async #drain(): Promise<void> {
    this.#isSending = true
    while (this.#waiting.length > 0) await this.#sendBatch(this.#takeBatch())
    this.#isSending = false
  }

  async #sendBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const replies = await this.#sendAll(batch.map(({ command }) => command))
      for (const [index, { resolve, reject }] of batch.entries()) {
        const reply = replies[index]
        if (reply?.status === 'fulfilled') resolve(reply.value)
        else reject(reply?.reason ?? new RedisError('redis-refused', 'Redis did not reply to a message'))
      }
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  #takeBatch(): Waiting[] {
    const batch: Waiting[] = []
    let length = 0
    let taken = 0
    for (const one of this.#waiting) {
      length += one.command.join('').length
      if (batch.length > 0 && (batch.length === MAX_BATCH || length > MAX_BATCH_LENGTH)) break
      taken++
      if (one.until >= Date.now()) batch.push(one)
      else one.reject(timedOut(this.#timeoutMs))
    }
    this.#waiting = this.#waiting.slice(taken)
    return batch
  }
}
