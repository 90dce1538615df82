import type { Message } from './reply.ts'

/** One server-sent event, field by field. */
export interface ServerSentEvent {
  event?: string
  data?: string
  id?: string
  retry?: string
}

/** Takes text as it arrives, and hands out the events that are complete. */
export class EventParser {
  #rest = ''
  #event: ServerSentEvent = {}

  push(text: string): ServerSentEvent[] {
    // A line that goes on is not looked through again each time that more of it comes.
    if (!this.#rest.endsWith('\r') && !/[\r\n]/.test(text)) {
      this.#rest += text
      return []
    }
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/)
    this.#rest = lines.pop() as string
    const events: ServerSentEvent[] = []
    for (const line of lines) {
      if (line !== '') this.#read(line)
      else if (Object.keys(this.#event).length > 0) {
        events.push(this.#event)
        this.#event = {}
      }
    }
    return events
  }

  /** Whether the text ended between two events. */
  get complete(): boolean {
    return this.#rest === '' && Object.keys(this.#event).length === 0
  }

  #read(line: string): void {
    const colon = line.indexOf(':')
    if (colon === 0) return
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') {
      this.#event.data = this.#event.data === undefined ? value : `${this.#event.data}\n${value}`
    } else if (field === 'event' || field === 'id' || field === 'retry') this.#event[field] = value
  }
}

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
