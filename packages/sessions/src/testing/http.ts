import type { McpHandlerRequestOptions, McpHttpHandler } from '@portico-mcp/core'

export const URL_UNDER_TEST = 'http://localhost/mcp'

type Handler = Pick<McpHttpHandler, 'fetch'>

const BOTH = 'application/json, text/event-stream'

/** A handler that a client reaches by its URL. */
export const createFetch =
  (handler: Handler, options?: McpHandlerRequestOptions): typeof fetch =>
  (input, init) =>
    handler.fetch(new Request(input, init), options)

/** A 2025-era client without a library: it sends what it is told to. */
export class RawClient {
  readonly #handler: () => Handler
  readonly options: McpHandlerRequestOptions
  sessionId: string | undefined
  version: string
  #lastId = 0

  constructor(
    handler: Handler | (() => Handler),
    { version = '2025-11-25', ...options }: McpHandlerRequestOptions & { version?: string } = {},
  ) {
    this.#handler = typeof handler === 'function' ? handler : () => handler
    this.options = options
    this.version = version
  }

  send(
    method: string,
    body?: unknown,
    headers: Record<string, string | undefined> = {},
    signal?: AbortSignal,
  ): Promise<Response> {
    const all = {
      accept: BOTH,
      'content-type': body === undefined ? undefined : 'application/json',
      'mcp-session-id': this.sessionId,
      'mcp-protocol-version': this.sessionId && this.version,
      ...headers,
    }
    const present = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
    const request = new Request(URL_UNDER_TEST, {
      method,
      headers: present,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    })
    return this.#handler().fetch(request, this.options)
  }

  async open(capabilities: object = {}): Promise<Response> {
    const response = await this.call('initialize', {
      protocolVersion: this.version,
      capabilities,
      clientInfo: { name: 'raw', version: '1.0.0' },
    })
    if (response.ok) {
      this.sessionId = response.headers.get('mcp-session-id') ?? undefined
      await this.notify('notifications/initialized')
    }
    return response
  }

  call(method: string, params: object = {}, headers?: Record<string, string | undefined>): Promise<Response> {
    this.#lastId += 1
    return this.send('POST', { jsonrpc: '2.0', id: this.#lastId, method, params }, headers)
  }

  tool(name: string, args: object = {}, headers?: Record<string, string | undefined>): Promise<Response> {
    return this.call('tools/call', { name, arguments: args }, headers)
  }

  notify(method: string, params: object = {}): Promise<Response> {
    return this.send('POST', { jsonrpc: '2.0', method, params })
  }

  answer(id: unknown, result: object): Promise<Response> {
    return this.send('POST', { jsonrpc: '2.0', id, result })
  }

  listen(lastEventId?: string, signal?: AbortSignal): Promise<Response> {
    return this.send('GET', undefined, { 'last-event-id': lastEventId }, signal)
  }
}

/** An event as it came: an id, a message, how long to wait before coming back. */
export interface SseEvent {
  id?: string
  retry?: number
  message?: any
}

/** Reads the events of a response one by one. */
export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<string>
  #text = ''
  #done = false
  lastId: string | undefined

  constructor(response: Response) {
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
      throw new Error(`no event stream: HTTP ${response.status}`)
    }
    this.#reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  }

  /** The next event; undefined at the end. Comments are passed over. */
  async next(): Promise<SseEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n')
      if (end >= 0) {
        const event = readEvent(this.#text.slice(0, end))
        this.#text = this.#text.slice(end + 2)
        if (!event) continue
        this.lastId = event.id ?? this.lastId
        return event
      }
      if (this.#done) return undefined
      const { done, value } = await this.#reader.read()
      this.#done = done
      this.#text += value ?? ''
    }
  }

  /** The next message; undefined at the end. */
  async message(): Promise<any> {
    for (;;) {
      const event = await this.next()
      if (!event || event.message) return event?.message
    }
  }

  /** Every message up to the end. */
  async rest(): Promise<any[]> {
    const messages = []
    for (let message = await this.message(); message; message = await this.message()) messages.push(message)
    return messages
  }

  leave(): Promise<void> {
    return this.#reader.cancel()
  }
}

function readEvent(frame: string): SseEvent | undefined {
  const event: SseEvent = {}
  let fields = 0
  for (const line of frame.split('\n')) {
    const [, field, value = ''] = /^(\w+): ?(.*)$/.exec(line) ?? []
    if (field === undefined) continue
    fields += 1
    if (field === 'id') event.id = value
    if (field === 'retry') event.retry = Number(value)
    if (field === 'data' && value !== '') event.message = JSON.parse(value)
  }
  return fields > 0 ? event : undefined
}

/** Looks again until it is so. */
export async function until(holds: () => unknown): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve))
}
