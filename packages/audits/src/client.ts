import type { Target } from './audit.ts'
import { openEvents, type Stream } from './events.ts'
import { limited } from './limited.ts'
import {
  BOTH,
  type Changes,
  CLIENT_CAPABILITIES_KEY,
  CLIENT_INFO_KEY,
  changed,
  LEGACY_VERSION,
  MODERN_VERSION,
  modernHeaders,
  PROTOCOL_VERSION_KEY,
} from './protocol.ts'
import { type Json, type Reply, readReply } from './reply.ts'

const OPENED = 'opened '
const CLIENT_INFO = { name: 'portico-audits', version: '1.0.0' }
/** How a request differs from the one that a good client sends. */
export interface Variation {
  id?: unknown
  headers?: Changes<string>
  /** Changes to `params._meta`. */
  meta?: Changes
  signal?: AbortSignal
}

/** How a 2025-era request differs. */
export interface LegacyVariation extends Variation {
  /** The revision that is negotiated. */
  version?: string
}

/** The headers of a session. */
export type Headers = Record<string, string>

/** What is learned of a server once, and used by every audit. */
export type Knowledge = Map<string, Promise<unknown>>

/** How many bytes of one answer are read by default. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** Sends the requests of one audit; what it opens is closed with it. */
export class Client {
  readonly url: string
  readonly #target: Target
  readonly #knowledge: Knowledge
  readonly #signal: AbortSignal
  readonly #maxAnswerBytes: number
  #lastId = 0

  constructor(
    target: Target,
    knowledge: Knowledge,
    signal: AbortSignal,
    maxAnswerBytes: number = MAX_ANSWER_BYTES,
  ) {
    this.url = target.url
    this.#target = target
    this.#knowledge = knowledge
    this.#signal = signal
    this.#maxAnswerBytes = maxAnswerBytes
  }

  /** Learns something once for all audits; what fails is tried again. */
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
    return limited(await this.#target.fetch(request), this.#maxAnswerBytes)
  }

  /** Sends an HTTP request, and reads the answer to its end. */
  async send(init: RequestInit, id?: unknown): Promise<Reply> {
    return readReply(await this.fetch(init), id)
  }

  /** Posts a JSON body under the headers of its era. */
  post(body: unknown, headers: Changes<string> = {}): Promise<Reply> {
    return this.send({
      method: 'POST',
      headers: changed({ 'content-type': 'application/json', accept: BOTH }, headers),
      body: JSON.stringify(body),
    })
  }

  /** Sends a 2026-07-28 request, and reads the answer to its end. */
  async modern(method: string, params: Json = {}, variation: Variation = {}): Promise<Reply> {
    const { init, id } = this.modernInit(method, params, variation)
    return this.send(init, id)
  }

  /** Sends a 2026-07-28 request whose answer is read as it comes. */
  async openModern(method: string, params: Json = {}, variation: Variation = {}): Promise<Stream> {
    return openEvents(await this.fetch(this.modernInit(method, params, variation).init), this.#signal)
  }

  modernInit(method: string, params: Json, variation: Variation): { init: RequestInit; id: unknown } {
    const id = 'id' in variation ? variation.id : this.nextId()
    const _meta = changed(
      {
        [PROTOCOL_VERSION_KEY]: MODERN_VERSION,
        [CLIENT_CAPABILITIES_KEY]: {},
        [CLIENT_INFO_KEY]: CLIENT_INFO,
      },
      variation.meta,
    )
    const body = { jsonrpc: '2.0', id, method, params: { ...params, _meta } }
    return { init: post(body, changed(modernHeaders(method, params), variation.headers), variation), id }
  }

  /** Sends a 2025-era request on the session that the server opened, if it did, and reads the answer. */
  async legacy(method: string, params?: Json, variation: LegacyVariation = {}): Promise<Reply> {
    const { init, id } = await this.#legacyInit(method, params, variation)
    return this.send(init, id)
  }

  /** Sends a 2025-era request whose answer is read as it comes. */
  async openLegacy(method: string, params?: Json, variation: LegacyVariation = {}): Promise<Stream> {
    return openEvents(await this.fetchLegacy(method, params, variation), this.#signal)
  }

  /** Sends a 2025-era request whose answer is nobody's yet. */
  async fetchLegacy(method: string, params?: Json, variation: LegacyVariation = {}): Promise<Response> {
    const { init } = await this.#legacyInit(method, params, variation)
    return this.fetch(init)
  }

  /** Sends a GET or a DELETE under the headers of a session; its answer is nobody's yet. */
  async fetchSession(
    method: 'GET' | 'DELETE',
    { 'content-type': _, ...headers }: Headers,
  ): Promise<Response> {
    return this.fetch({ method, headers: { ...headers, accept: 'text/event-stream' } })
  }

  /** Reads a streamed answer as it comes. */
  read(response: Response): Promise<Stream> {
    return openEvents(response, this.#signal)
  }

  /** Opens a session of its own; its headers, or undefined where the server has none. */
  async openSession(capabilities: Json = {}, version: string = LEGACY_VERSION): Promise<Headers | undefined> {
    const { headers } = await this.initialize(version, {}, capabilities)
    const session = headers.get('mcp-session-id')
    if (session === null) return undefined
    const opened = {
      'content-type': 'application/json',
      accept: BOTH,
      'mcp-protocol-version': version,
      'mcp-session-id': session,
    }
    await this.post({ jsonrpc: '2.0', method: 'notifications/initialized' }, opened)
    return opened
  }

  /** Posts any 2025-era body on the session of a revision. */
  async postLegacy(
    body: unknown,
    { version = LEGACY_VERSION, headers }: LegacyVariation = {},
  ): Promise<Reply> {
    return this.send(post(body, changed(await this.legacyHeaders(version), headers), {}))
  }

  /** The headers of a 2025-era client after its handshake. */
  async legacyHeaders(version: string = LEGACY_VERSION): Promise<Record<string, string>> {
    const session = await this.learn(`session ${version}`, () => this.#handshake(version))
    return {
      'content-type': 'application/json',
      accept: BOTH,
      'mcp-protocol-version': version,
      ...(session !== null && { 'mcp-session-id': session }),
    }
  }

  /** Sends `initialize`, as the first request of a 2025-era client. */
  async initialize(version: string, variation: Variation = {}, capabilities: Json = {}): Promise<Reply> {
    const id = 'id' in variation ? variation.id : this.nextId()
    const params = { protocolVersion: version, capabilities, clientInfo: CLIENT_INFO }
    const body = { jsonrpc: '2.0', id, method: 'initialize', params }
    const headers = changed({ 'content-type': 'application/json', accept: BOTH }, variation.headers)
    const reply = await this.send(post(body, headers, variation), id)
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
    const id = 'id' in variation ? variation.id : this.nextId()
    const withMeta = variation.meta ? { ...params, _meta: changed({}, variation.meta) } : params
    const body = { jsonrpc: '2.0', id, method, ...(withMeta && { params: withMeta }) }
    const headers = changed(await this.legacyHeaders(variation.version), variation.headers)
    return { init: post(body, headers, variation), id }
  }
}

function post(body: unknown, headers: Record<string, string>, { signal }: Variation): RequestInit {
  return { method: 'POST', headers, body: JSON.stringify(body), ...(signal && { signal }) }
}
