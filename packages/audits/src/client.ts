import { openEvents, type Stream } from './events.ts'
import { limited } from './limited.ts'
import { type Changes, changed, LEGACY_VERSION } from './protocol.ts'
import { type Json, type Reply, readReply } from './reply.ts'
import {
  buildInitialize,
  buildLegacyHeaders,
  buildLegacyRequest,
  buildModernRequest,
  buildPost,
  type LegacyVariation,
  POST_HEADERS,
  type Variation,
} from './requests.ts'
import type { Target } from './target.ts'

const OPENED = 'opened '

/** The headers of a session. */
export type Headers = Record<string, string>

/** Facts about a server that are found out once and used by every audit. */
export type Knowledge = Map<string, Promise<unknown>>

/** How many bytes of one answer are read by default. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** Sends the requests of one audit. Closing it closes the responses that it opened. */
export class Client {
  readonly url: string
  readonly #target: Target
  readonly #knowledge: Knowledge
  readonly #signal: AbortSignal
  readonly #maxResponseBytes: number
  #lastId = 0

  constructor(
    target: Target,
    knowledge: Knowledge,
    signal: AbortSignal,
    maxResponseBytes: number = MAX_ANSWER_BYTES,
  ) {
    this.url = target.url
    this.#target = target
    this.#knowledge = knowledge
    this.#signal = signal
    this.#maxResponseBytes = maxResponseBytes
  }

  /** Finds out a fact once for all audits. If it fails, the next audit tries again. */
  learn<T>(what: string, how: () => Promise<T>): Promise<T> {
    const known = this.#knowledge.get(what)
    if (known) return known as Promise<T>
    const learning = how()
    this.#knowledge.set(what, learning)
    learning.catch(() => this.#knowledge.delete(what))
    return learning
  }

  async fetch(init: RequestInit): Promise<Response> {
    const signals = init.signal ? [this.#signal, init.signal] : [this.#signal]
    const request = new Request(this.url, { ...init, signal: AbortSignal.any(signals) })
    return limited(await this.#target.fetch(request), this.#maxResponseBytes)
  }

  /** Sends an HTTP request and reads the response to its end. */
  async send(init: RequestInit, id?: unknown): Promise<Reply> {
    return readReply(await this.fetch(init), id)
  }

  /** Posts a JSON body under the headers of its era. */
  post(body: unknown, headers: Changes<string> = {}): Promise<Reply> {
    return this.send(buildPost(body, changed(POST_HEADERS, headers)))
  }

  /** Sends a 2026-07-28 request, and reads the answer to its end. */
  async modern(method: string, params: Json = {}, variation: Variation = {}): Promise<Reply> {
    const { init, id } = this.modernInit(method, params, variation)
    return this.send(init, id)
  }

  /** Sends a 2026-07-28 request whose response is read while it arrives. */
  async openModern(method: string, params: Json = {}, variation: Variation = {}): Promise<Stream> {
    return openEvents(await this.fetch(this.modernInit(method, params, variation).init), this.#signal)
  }

  modernInit(method: string, params: Json, variation: Variation): { init: RequestInit; id: unknown } {
    const id = this.#idOf(variation)
    return { init: buildModernRequest(id, method, params, variation), id }
  }

  /** Sends a 2025-era request on the session that the server opened, if it did, and reads the answer. */
  async legacy(method: string, params?: Json, variation: LegacyVariation = {}): Promise<Reply> {
    const { init, id } = await this.#legacyInit(method, params, variation)
    return this.send(init, id)
  }

  /** Sends a 2025-era request whose response is read while it arrives. */
  async openLegacy(method: string, params?: Json, variation: LegacyVariation = {}): Promise<Stream> {
    return openEvents(await this.fetchLegacy(method, params, variation), this.#signal)
  }

  /** Sends a 2025-era request, and leaves its answer unread. */
  async fetchLegacy(method: string, params?: Json, variation: LegacyVariation = {}): Promise<Response> {
    const { init } = await this.#legacyInit(method, params, variation)
    return this.fetch(init)
  }

  /** Sends a GET or a DELETE under the headers of a session, and leaves its answer unread. */
  async fetchSession(
    method: 'GET' | 'DELETE',
    { 'content-type': _, ...headers }: Headers,
  ): Promise<Response> {
    return this.fetch({ method, headers: { ...headers, accept: 'text/event-stream' } })
  }

  /** Reads a streamed response while it arrives. */
  read(response: Response): Promise<Stream> {
    return openEvents(response, this.#signal)
  }

  /** Opens another session, and returns its headers; undefined if the server has no sessions. */
  async openSession(capabilities: Json = {}, version: string = LEGACY_VERSION): Promise<Headers | undefined> {
    const { headers } = await this.initialize(version, {}, capabilities)
    const session = headers.get('mcp-session-id')
    if (session === null) return undefined
    const opened = buildLegacyHeaders(version, session)
    await this.post({ jsonrpc: '2.0', method: 'notifications/initialized' }, opened)
    return opened
  }

  /** Posts any 2025-era body on the session of a revision. */
  async postLegacy(
    body: unknown,
    { version = LEGACY_VERSION, headers }: LegacyVariation = {},
  ): Promise<Reply> {
    return this.send(buildPost(body, changed(await this.legacyHeaders(version), headers)))
  }

  /** The headers of a 2025-era client after its handshake. */
  async legacyHeaders(version: string = LEGACY_VERSION): Promise<Record<string, string>> {
    const session = await this.learn(`session ${version}`, () => this.#handshake(version))
    return buildLegacyHeaders(version, session)
  }

  /** Sends `initialize`, as the first request of a 2025-era client. */
  async initialize(version: string, variation: Variation = {}, capabilities: Json = {}): Promise<Reply> {
    const id = this.#idOf(variation)
    const reply = await this.send(buildInitialize(id, version, capabilities, variation), id)
    const session = reply.headers.get('mcp-session-id')
    if (session !== null) this.#knowledge.set(`${OPENED}${session}`, Promise.resolve(LEGACY_VERSION))
    return reply
  }

  /** Ends the sessions that the server opened for the audits. */
  async endSessions(): Promise<void> {
    for (const [what, version] of this.#knowledge) {
      if (!what.startsWith(OPENED)) continue
      const headers = {
        'mcp-session-id': what.slice(OPENED.length),
        'mcp-protocol-version': String(await version),
      }
      await this.send({ method: 'DELETE', headers }).catch(() => {})
    }
    this.#knowledge.clear()
  }

  nextId(): number {
    this.#lastId += 1
    return this.#lastId
  }

  async #handshake(version: string): Promise<string | null> {
    const { headers } = await this.initialize(version)
    const session = headers.get('mcp-session-id')
    if (session !== null) {
      await this.post(
        { jsonrpc: '2.0', method: 'notifications/initialized' },
        { 'mcp-session-id': session, 'mcp-protocol-version': version },
      )
    }
    return session
  }

  async #legacyInit(
    method: string,
    params: Json | undefined,
    variation: LegacyVariation,
  ): Promise<{ init: RequestInit; id: unknown }> {
    const id = this.#idOf(variation)
    const headers = await this.legacyHeaders(variation.version)
    return { init: buildLegacyRequest(id, method, params, headers, variation), id }
  }

  #idOf(variation: Variation): unknown {
    return 'id' in variation ? variation.id : this.nextId()
  }
}
