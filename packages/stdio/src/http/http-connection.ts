import type { JSONRPCMessage, JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import type { ParamHeader } from '@portico-mcp/core/internal'
import { PROTOCOL_VERSION_KEY } from '../relay/messages.ts'
import { createHeaders } from './request-headers.ts'

/** How an HTTP endpoint is reached. */
export interface HttpTarget {
  readonly url: URL
  /** Headers of every request. */
  readonly headers: Readonly<Record<string, string>>
  /** The largest message, in bytes. */
  readonly maxMessageBytes: number
  fetch(request: Request): Promise<Response>
}

/** Milliseconds for which the end of a session is waited for. */
const DELETE_TIMEOUT_MS = 2000

/** The HTTP requests to an endpoint, in the session that it has opened. */
export class HttpConnection {
  readonly target: HttpTarget
  /** The session; undefined if the endpoint has opened none. */
  sessionId: string | undefined
  /** The revision of the session. */
  version: string | undefined

  constructor(target: HttpTarget) {
    this.target = target
  }

  /** Sends a message. An `initialize` that succeeds begins a session. */
  async post(
    message: JSONRPCMessage,
    signal: AbortSignal,
    paramHeaders: readonly ParamHeader[] = [],
  ): Promise<Response> {
    const version = readVersion(message)
    const isInitialize = 'method' in message && message.method === 'initialize'
    const headers = createHeaders(message, version, paramHeaders)
    if (version === undefined && !isInitialize) this.#addSession(headers)
    const response = await this.#fetch('POST', headers, { body: JSON.stringify(message), signal })
    if (isInitialize && response.ok) this.sessionId = response.headers.get('mcp-session-id') ?? undefined
    return response
  }

  /** Opens the stream of the session, or resumes a stream after an event. */
  get(lastEventId: string | undefined, signal: AbortSignal): Promise<Response> {
    const headers = this.#addSession(new Headers({ accept: 'text/event-stream' }))
    if (lastEventId !== undefined) headers.set('last-event-id', lastEventId)
    return this.#fetch('GET', headers, { signal })
  }

  /** Ends the session. */
  async delete(): Promise<void> {
    if (this.sessionId === undefined) return
    const signal = AbortSignal.timeout(DELETE_TIMEOUT_MS)
    try {
      const response = await this.#fetch('DELETE', this.#addSession(new Headers()), { signal })
      await response.body?.cancel()
    } catch {
      // The endpoint ends it when it has been idle.
    }
  }

  #addSession(headers: Headers): Headers {
    if (this.sessionId !== undefined) headers.set('mcp-session-id', this.sessionId)
    if (this.version !== undefined) headers.set('mcp-protocol-version', this.version)
    return headers
  }

  #fetch(method: string, headers: Headers, init: RequestInit): Promise<Response> {
    for (const [name, value] of Object.entries(this.target.headers)) headers.set(name, value)
    // A redirect could take the headers to another server.
    return this.target.fetch(new Request(this.target.url, { method, headers, redirect: 'manual', ...init }))
  }
}

/** Returns the revision that a message of 2026-07-28 names; undefined for other messages. */
export function readVersion(message: JSONRPCMessage | JSONRPCRequest): string | undefined {
  const version = 'method' in message ? message.params?._meta?.[PROTOCOL_VERSION_KEY] : undefined
  return typeof version === 'string' ? version : undefined
}
