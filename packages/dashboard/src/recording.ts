import { Excerpt } from './excerpt.ts'

/** How an exchange stands: on its way, answered whole, given up by its client, or broken. */
export type Outcome = 'open' | 'done' | 'left' | 'broken'

/** What was seen of one request and its response. */
export class Recording {
  readonly id: number
  /** Milliseconds of the clock. */
  readonly startedAt: number = Date.now()
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly sessionId: string | undefined
  readonly request: Excerpt
  response: Excerpt
  status: number | undefined
  responseHeaders: Record<string, string> = {}
  outcome: Outcome = 'open'
  durationMs: number | undefined
  readonly #began: number = performance.now()
  readonly #limit: number
  readonly #onchange: (recording: Recording) => void
  #isForgotten = false

  constructor(
    id: number,
    { method, path, headers, sessionId }: Pick<Recording, 'method' | 'path' | 'headers' | 'sessionId'>,
    limit: number,
    onchange: (recording: Recording) => void,
  ) {
    this.id = id
    this.method = method
    this.path = path
    this.headers = headers
    this.sessionId = sessionId
    this.#limit = limit
    this.#onchange = onchange
    this.request = new Excerpt(limit)
    this.response = new Excerpt(limit)
  }

  /** Characters that it holds. */
  get size(): number {
    return this.request.text.length + this.response.text.length
  }

  /** A text that may become its response. */
  excerpt(): Excerpt {
    return new Excerpt(this.#isForgotten ? 0 : this.#limit)
  }

  /** Tells whoever follows the traffic. */
  changed(): void {
    if (!this.#isForgotten) this.#onchange(this)
  }

  answered(status: number, headers: Record<string, string>): void {
    this.status = status
    this.responseHeaders = headers
    this.changed()
  }

  end(outcome: Outcome): void {
    if (this.outcome !== 'open') return
    this.outcome = outcome
    this.durationMs = performance.now() - this.#began
    this.changed()
  }

  /** Holds nothing from now on. */
  forget(): void {
    this.#isForgotten = true
    this.request.clear()
    this.response.clear()
  }
}
