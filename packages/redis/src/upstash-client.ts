import type { ChannelListener } from './backend.ts'
import type { RawClient } from './raw-backend.ts'
import { RedisError } from './redis-error.ts'
import { RestRequests } from './rest-requests.ts'
import { SendQueue } from './send-queue.ts'
import { readEvents } from './server-sent-events.ts'
import type { Subscription } from './subscriptions.ts'
import { timedOut } from './within.ts'

/** A client of Upstash's REST API: a command is a list in the body of a `POST`. */
export class UpstashClient implements RawClient {
  readonly #requests: RestRequests
  readonly #messages: SendQueue
  readonly #timeoutMs: number

  /** @param timeoutMs - Milliseconds after which a request is given up. */
  constructor(url: string, token: string, timeoutMs: number) {
    this.#requests = new RestRequests(url, token, timeoutMs)
    this.#timeoutMs = timeoutMs
    this.#messages = new SendQueue((commands) => this.#sendInOrder(commands), timeoutMs)
  }

  async send(command: readonly string[]): Promise<unknown> {
    return readResult(await this.#requests.ask('', command))
  }

  publish(channel: string, message: string): Promise<unknown> {
    return this.#messages.send(['PUBLISH', channel, message])
  }

  async subscribe(channel: string, onmessage: ChannelListener): Promise<Subscription> {
    const { body, stop } = await this.#requests.open(`/subscribe/${encodeURIComponent(channel)}`)
    return new Promise((resolve, reject) => {
      // The stream may be opened although Redis does not answer.
      const timer = setTimeout(() => giveUp(timedOut(this.#timeoutMs)), this.#timeoutMs)
      const ended = readEvents(body, (data) => {
        const [kind, text] = parseEvent(data)
        if (kind === 'message') return onmessage(text)
        clearTimeout(timer)
        if (kind === 'subscribe') resolve({ ended, stop })
      })
      const giveUp = (error: RedisError): void => {
        clearTimeout(timer)
        stop()
        reject(error)
      }
      const onend = (): void => giveUp(new RedisError('redis-unreachable', 'Upstash ended a subscription'))
      ended.then(onend, onend)
    })
  }

  close(): void {
    this.#requests.close()
  }

  async #sendInOrder(
    commands: readonly (readonly string[])[],
  ): Promise<readonly PromiseSettledResult<unknown>[]> {
    const replies = await this.#requests.ask('/pipeline', commands)
    if (!Array.isArray(replies)) throw refused(replies)
    return Promise.allSettled(replies.map(async (reply) => readResult(reply)))
  }
}

/** Reads `{ result }` or `{ error }`. */
function readResult(reply: unknown): unknown {
  if (typeof reply === 'object' && reply !== null && 'result' in reply) return reply.result
  throw refused(reply)
}

function refused(reply: unknown): RedisError {
  const { error = 'the reply has no result' } = (reply ?? {}) as { error?: unknown }
  // An error may repeat the arguments of the command.
  const [head] = String(error).split(/,? with args|, command was/)
  return new RedisError('redis-refused', `Upstash refused: ${head}`)
}

/** Reads `kind,channel,text`. Channels have no comma. */
function parseEvent(data: string): [kind: string, text: string] {
  const first = data.indexOf(',')
  return [data.slice(0, first), data.slice(data.indexOf(',', first + 1) + 1)]
}
