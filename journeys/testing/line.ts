import { setTimeout } from 'node:timers/promises'
import {
  isJSONRPCRequest,
  type JSONRPCMessage,
  type JSONRPCRequest,
} from '@modelcontextprotocol/sdk/types.js'
import { CALL_HEADER } from './fleet.ts'

const RETRY_MS = 50

/**
 * What a client of the 1.x SDK fetches through: a line that can be cut, and that makes up for what the SDK does
 * not do itself. It sends nothing again that is a request.
 */
export class Line {
  readonly #nameOf: (request: JSONRPCRequest) => string
  /** Streams that their client can resume. */
  readonly #streams = new Set<AbortController>()
  /** How many streams of calls were resumed. */
  resumed = 0

  /** @param nameOf - Names requests, for the proxy. */
  constructor(nameOf: (request: JSONRPCRequest) => string) {
    this.#nameOf = nameOf
  }

  readonly fetch = async (url: string | URL, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers)
    if (init.method === 'GET') {
      const lastEventId = headers.get('last-event-id')
      if (lastEventId?.startsWith('post.')) this.resumed += 1
      // the SDK forgets where it was if the stream breaks again before an event that has an id
      return this.#stream(url, init, lastEventId ? `id: ${lastEventId}\ndata: \n\n` : '')
    }
    if (init.method !== 'POST') return fetch(url, init)
    const message = JSON.parse(String(init.body)) as JSONRPCMessage
    if (!isJSONRPCRequest(message)) return insist(url, init)
    headers.set(CALL_HEADER, this.#nameOf(message))
    return this.#stream(url, { ...init, headers })
  }

  /** How many streams are open. */
  get openStreams(): number {
    return this.#streams.size
  }

  /** Breaks the streams that are open. */
  cut(): void {
    for (const stream of this.#streams) stream.abort(new Error('The line was cut'))
    this.#streams.clear()
  }

  async #stream(url: string | URL, init: RequestInit, begin = ''): Promise<Response> {
    const cut = new AbortController()
    const signal = init.signal ? AbortSignal.any([init.signal, cut.signal]) : cut.signal
    const response = await fetch(url, { ...init, signal })
    const { body, headers } = response
    if (!body || !headers.get('content-type')?.startsWith('text/event-stream')) return response
    const reader = body.getReader()
    // the SDK waits until the timeout for an answer on a stream that breaks before its first event
    const { value: first } = await reader.read()
    this.#streams.add(cut)
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode(begin))
        if (first) controller.enqueue(first)
      },
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read()
          if (!done) return controller.enqueue(value)
          controller.close()
        } catch (error) {
          // what came before is read first
          await setTimeout(1)
          controller.error(error)
        }
        this.#streams.delete(cut)
      },
      cancel: (reason) => reader.cancel(reason),
    })
    return new Response(stream, response)
  }
}

/** Sends again what is no request, until a node has taken it: the SDK does not. */
async function insist(url: string | URL, init: RequestInit): Promise<Response> {
  for (;;) {
    const response = await fetch(url, init).catch(() => undefined)
    if (response && response.status < 500) return response
    await setTimeout(RETRY_MS)
    init.signal?.throwIfAborted()
  }
}
