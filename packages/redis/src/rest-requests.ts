import { toError } from '@portico-mcp/core/internal'
import { RedisError } from './redis-error.ts'
import { timedOut } from './within.ts'

/** A response that stays open. */
interface OpenResponse {
  body: ReadableStream<Uint8Array>
  stop(): void
}

/** Sends requests with a token, and ends those that are open. */
export class RestRequests {
  readonly #base: string
  readonly #token: string
  readonly #timeoutMs: number
  readonly #open = new Set<AbortController>()

  constructor(url: string, token: string, timeoutMs: number) {
    this.#base = url.replace(/\/$/, '')
    this.#token = token
    this.#timeoutMs = timeoutMs
  }

  /**
   * Sends JSON, and reads JSON.
   *
   * @throws RedisError if there is no answer, or one that is not JSON.
   */
  async ask(path: string, body: unknown): Promise<unknown> {
    const request = this.#start()
    try {
      return await this.#within(request, async () => readReply(await this.#post(path, request, body)))
    } finally {
      this.#open.delete(request)
    }
  }

  /**
   * Opens a stream of events.
   *
   * @throws RedisError if it cannot be opened.
   */
  async open(path: string): Promise<OpenResponse> {
    const request = this.#start()
    const stop = (): void => {
      this.#open.delete(request)
      request.abort()
    }
    try {
      const response = await this.#within(request, () => this.#post(path, request))
      if (response.ok && response.body) return { body: response.body, stop }
      throw await describeRefusal(response)
    } catch (error) {
      stop()
      throw error
    }
  }

  /** Ends all requests. */
  close(): void {
    for (const request of this.#open) request.abort()
    this.#open.clear()
  }

  #start(): AbortController {
    const request = new AbortController()
    this.#open.add(request)
    return request
  }

  #post(path: string, { signal }: AbortController, body?: unknown): Promise<Response> {
    return fetch(this.#base + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? { accept: 'text/event-stream' } : { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // a redirect would send the token elsewhere
      redirect: 'error',
      cache: 'no-store',
      signal,
    })
  }

  async #within<Result>(request: AbortController, run: () => Promise<Result>): Promise<Result> {
    const timer = setTimeout(() => request.abort(timedOut(this.#timeoutMs)), this.#timeoutMs)
    try {
      return await run()
    } catch (error) {
      throw error instanceof RedisError ? error : unreachable(this.#describe(error))
    } finally {
      clearTimeout(timer)
    }
  }

  #describe(error: unknown): string {
    const { message, cause } = toError(error)
    const text = cause instanceof Error ? `${message} (${cause.message || cause.name})` : message
    return text.replaceAll(this.#token, '***')
  }
}

async function readReply(response: Response): Promise<unknown> {
  const text = await response.text()
  try {
    const reply: unknown = JSON.parse(text)
    // a failure of the service, which is no answer of Redis
    if (response.status < 500) return reply
  } catch {
    // A proxy in between answered.
  }
  throw unreachable(`status ${response.status}`)
}

async function describeRefusal(response: Response): Promise<RedisError> {
  const reply = await readReply(response)
  const { error } = (reply ?? {}) as { error?: unknown }
  return new RedisError('redis-refused', `Upstash refused: ${error ?? `status ${response.status}`}`)
}

const unreachable = (reason: string): RedisError =>
  new RedisError('redis-unreachable', `Upstash cannot be reached: ${reason}`)
