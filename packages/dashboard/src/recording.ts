import type { ExchangeObserver, ObservedHead, ResponseEnd } from '@portico-mcp/core/internal'
import { Excerpt } from './excerpt.ts'

/** The state of an exchange: `open` until its response has ended. */
export type Outcome = 'open' | ResponseEnd

/** Keeps recordings. */
export interface Recorder {
  /** Whether a page is open. */
  readonly isWatched: boolean
  /** A recording holds more characters than before, or fewer. */
  grew(characters: number): void
  /** A recording has begun, gone on or ended. */
  changed(recording: Recording): void
}

const COLON = 0x3a

/**
 * A request and its response, as they were observed. It references texts and headers that exist. They are formatted and
 * redacted when a page reads the recording, since most recordings are overwritten unread.
 */
export class Recording implements ExchangeObserver {
  readonly id: number
  /** Milliseconds since the epoch. */
  readonly startedAt: number = Date.now()
  readonly method: string
  readonly path: string
  readonly headers: Pick<Headers, 'get' | 'has'>
  readonly request: Excerpt
  readonly response: Excerpt
  head: ObservedHead | undefined
  outcome: Outcome = 'open'
  durationMs: number | undefined
  /** Milliseconds from the request's arrival until its body had been read, and until the response began. */
  bodyReadMs: number | undefined
  respondedMs: number | undefined
  readonly #began: number = performance.now()
  readonly #recorder: Recorder
  /** Characters of both bodies that it holds. */
  #length = 0
  #isForgotten = false

  /** @param limit - Characters that are kept of each body. */
  constructor(id: number, { method, headers }: Request, path: string, limit: number, recorder: Recorder) {
    this.id = id
    this.method = method
    this.path = path
    this.headers = headers
    this.request = new Excerpt(limit)
    this.response = new Excerpt(limit)
    this.#recorder = recorder
  }

  requestText(text: string): void {
    this.bodyReadMs ??= performance.now() - this.#began
    // a wrapper has read the body before the handler did
    if (this.request.size === 0) this.#add(this.request, text)
  }

  requestChunk(chunk: Uint8Array): void {
    this.#add(this.request, chunk)
  }

  responseHead(head: ObservedHead): void {
    this.head = head
    this.respondedMs ??= performance.now() - this.#began
    this.#change()
  }

  responseText(text: string): void {
    this.#add(this.response, text)
  }

  responseChunk(chunk: Uint8Array): void {
    // comments keep the stream open, and say nothing
    if (chunk[0] !== COLON) this.#add(this.response, chunk)
  }

  responseEnd(how: ResponseEnd): void {
    if (this.outcome !== 'open') return
    this.outcome = how
    this.durationMs = performance.now() - this.#began
    this.#change()
  }

  /** Releases what it holds. It records nothing from now on. */
  forget(): void {
    this.#recorder.grew(-this.#length)
    this.#isForgotten = true
    // one that has ended is referenced by open pages alone
    if (this.outcome !== 'open' && !this.#recorder.isWatched) return
    this.request.clear()
    this.response.clear()
  }

  #add(excerpt: Excerpt, part: string | Uint8Array): void {
    const before = excerpt.text.length
    if (typeof part === 'string') excerpt.add(part)
    else excerpt.addBytes(part)
    const growth = excerpt.text.length - before
    this.#length += growth
    this.#recorder.grew(growth)
    this.#change()
  }

  #change(): void {
    if (!this.#isForgotten) this.#recorder.changed(this)
  }
}
