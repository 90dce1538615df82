/** One server-sent event, field by field. */
export interface ServerSentEvent {
  event?: string
  data?: string
  id?: string
  retry?: string
}

/** Parses a stream of server-sent events from pieces of its text, in any sizes. */
export class EventParser {
  #rest = ''
  #event: ServerSentEvent = {}

  /** Takes the next piece of text, and returns the events that it completes. */
  push(text: string): ServerSentEvent[] {
    // A long line comes in many pieces. Splitting all of it again for each would take quadratic time.
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
