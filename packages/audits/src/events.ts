import { EventParser, type ServerSentEvent } from './event-parser.ts'
import type { Message } from './reply.ts'

/** An answer that is read while it arrives. */
export interface Stream {
  response: Response
  /** The next JSON-RPC message; undefined at the end of the stream. */
  next(): Promise<Message | undefined>
  /** Leaves before the end. */
  close(): void
}

/** How many events of one stream are read. */
const MAX_EVENTS = 10_000

/** Reads a streamed answer message by message; one that is not streamed is an error that shows it. */
export async function openEvents(response: Response, signal: AbortSignal): Promise<Stream> {
  const type = response.headers.get('content-type') ?? 'none'
  if (!type.startsWith('text/event-stream')) {
    throw new Error(`expected an event stream, got ${response.status} ${type}: ${await response.text()}`)
  }
  const reader = response.body!.getReader()
  const decoder = new TextDecoder()
  const parser = new EventParser()
  const waiting: ServerSentEvent[] = []
  let count = 0
  const close = (): void => void reader.cancel().catch(() => {})
  signal.addEventListener('abort', close, { once: true })
  return {
    response,
    close,
    next: async () => {
      for (;;) {
        const event = waiting.shift()
        if (event?.data) return JSON.parse(event.data) as Message
        if (event) continue
        const { done, value } = await reader.read()
        if (done) return undefined
        const events = parser.push(decoder.decode(value, { stream: true }))
        count += events.length
        if (count > MAX_EVENTS) throw new Error(`expected a stream of at most ${MAX_EVENTS} events`)
        for (const one of events) waiting.push(one)
      }
    },
  }
}
