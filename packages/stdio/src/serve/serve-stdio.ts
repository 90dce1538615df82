import type { Readable, Writable } from 'node:stream'
import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'
import { createMcpHandler, type FetchHandler, type McpServerFactory } from '@portico-mcp/core'
import {
  isRequest,
  isResponse,
  optionRules,
  type Rules,
  reporter,
  validateOptions,
} from '@portico-mcp/core/internal'
import { readVersion } from '../http/http-connection.ts'
import { HttpTransport } from '../http/http-transport.ts'
import { printToStderr } from './console.ts'
import { PinnedServer } from './pinned-server.ts'
import { StdioChannel } from './stdio-channel.ts'

/** Options of `serveStdio`. */
export interface ServeStdioOptions {
  /** Where messages of the client are read from. @defaultValue `process.stdin` */
  stdin?: Readable | undefined
  /**
   * Where messages to the client are written.
   * @defaultValue `process.stdout`, and what the program prints with `console.log` goes to standard error
   */
  stdout?: Writable | undefined
  /** The identity of the client, which handlers see as `extra.authInfo`. @defaultValue none */
  authInfo?: AuthInfo | undefined
  /** The largest message of the client, in bytes. @defaultValue 16777216 */
  maxMessageBytes?: number | undefined
  /** Milliseconds for which requests in flight may go on when the client has closed its output. @defaultValue 5000 */
  drainTimeoutMs?: number | undefined
  /** Takes errors. @defaultValue `console.error` */
  onerror?: ((error: Error) => void) | undefined
}

/** A request that is never answered while its client listens, so nothing waits for its answer. */
const LISTEN = 'subscriptions/listen'

/** A server on standard input and output. */
export interface StdioService {
  /** Resolves once the client has closed its output, and everything has ended. */
  readonly closed: Promise<void>
  /** Stops reading, waits for requests in flight up to `drainTimeoutMs`, and closes the server. */
  close(): Promise<void>
}

const RULES: Rules<keyof ServeStdioOptions> = {
  stdin: optionRules.objectWith('on', 'pause', 'resume'),
  stdout: optionRules.objectWith('on', 'write'),
  authInfo: optionRules.secret(optionRules.plainObject),
  maxMessageBytes: optionRules.integerFrom(1024, undefined, 'bytes'),
  drainTimeoutMs: optionRules.timerMs(),
  onerror: optionRules.callback,
}

/**
 * Serves a factory or a handler over standard input and output, to clients that start this process: those of 2026-07-28
 * and those of the 2025 era. The same file can be served over HTTP.
 *
 * @param served - The factory of `createMcpHandler`, or a handler. A factory builds one server for a 2025-era client,
 *   which can ask it at any time. A handler serves such a client as over HTTP, so give it sessions.
 * @param options - See {@link ServeStdioOptions}.
 * @throws TypeError or RangeError for an option that is unknown or not allowed.
 *
 * @example
 * ```ts
 * import { McpServer } from '@portico-mcp/core'
 * import { serveStdio } from '@portico-mcp/stdio'
 *
 * export const start = () => serveStdio(() => new McpServer({ name: 'clock', version: '1.0.0' }))
 * ```
 */
export function serveStdio(
  served: McpServerFactory | FetchHandler,
  options: ServeStdioOptions = {},
): StdioService {
  validateOptions('serveStdio', options, RULES)
  const isHandler = typeof served === 'object' && served !== null && typeof served.fetch === 'function'
  if (!isHandler && typeof served !== 'function') {
    throw new TypeError(
      'serveStdio: it must be given a factory, which is a function, or a handler with fetch',
    )
  }
  return new Service(served, options)
}

class Service implements StdioService {
  readonly closed: Promise<void>
  readonly #channel: StdioChannel
  readonly #http: HttpTransport
  readonly #pinned: PinnedServer | undefined
  readonly #handler: FetchHandler & { close?: () => Promise<void> }
  readonly #restoreConsole: () => void
  readonly #report: (error: unknown) => void
  readonly #drainTimeoutMs: number
  /** The requests of the client that have no answer. */
  readonly #inFlight = new Map<RequestId, 'http' | 'pinned'>()
  #ondrained: () => void = () => {}
  #onclosed: () => void = () => {}
  #closing: Promise<void> | undefined

  constructor(served: McpServerFactory | FetchHandler, options: ServeStdioOptions) {
    const {
      authInfo,
      maxMessageBytes = 16 * 1024 * 1024,
      drainTimeoutMs = 5000,
      onerror = printError,
    } = options
    const { stdin = process.stdin, stdout = process.stdout } = options
    this.#report = reporter(onerror)
    this.#drainTimeoutMs = drainTimeoutMs
    this.closed = new Promise((resolve) => {
      this.#onclosed = resolve
    })
    this.#handler =
      typeof served === 'function'
        ? createMcpHandler(served, { onerror, maxRequestBodySize: maxMessageBytes })
        : served
    const { fetch } = this.#handler
    this.#http = new HttpTransport({
      url: new URL('http://localhost/mcp'),
      headers: {},
      maxMessageBytes: Number.MAX_SAFE_INTEGER,
      fetch: async (request) => fetch(request, authInfo && { authInfo }),
    })
    this.#http.onmessage = (message) => this.#send(message)
    this.#http.onerror = this.#report
    this.#channel = new StdioChannel(stdin, stdout, maxMessageBytes, {
      onmessage: (message) => this.#receive(message),
      onend: () => void this.close(),
    })
    if (typeof served === 'function') {
      this.#pinned = new PinnedServer(served, authInfo, {
        onmessage: (message) => this.#send(message),
        onerror: this.#report,
      })
    }
    this.#restoreConsole = options.stdout ? () => {} : printToStderr()
    this.#channel.start()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close().catch(this.#report).finally(this.#onclosed)
    return this.#closing
  }

  #receive(message: JSONRPCMessage): void {
    const isHttp = !this.#pinned || readVersion(message) !== undefined || this.#isAboutHttp(message)
    if (isRequest(message) && message.method !== LISTEN)
      this.#inFlight.set(message.id, isHttp ? 'http' : 'pinned')
    if (isHttp) this.#http.send(message).catch(this.#report)
    else this.#pinned?.receive(message)
  }

  /** Whether a cancellation is about a request of 2026-07-28. */
  #isAboutHttp(message: JSONRPCMessage): boolean {
    if (!('method' in message) || message.method !== 'notifications/cancelled') return false
    const id = message.params?.requestId as RequestId
    const isPinned = this.#inFlight.get(id) === 'pinned'
    this.#settle(id)
    return !isPinned
  }

  #send(message: JSONRPCMessage): void {
    this.#channel.send(message)
    if (isResponse(message)) this.#settle(message.id as RequestId)
  }

  #settle(id: RequestId): void {
    if (this.#inFlight.delete(id) && this.#inFlight.size === 0) this.#ondrained()
  }

  async #close(): Promise<void> {
    await this.#drain()
    await this.#pinned?.close()
    await this.#http.close()
    await this.#handler.close?.()
    this.#channel.close()
    this.#restoreConsole()
  }

  #drain(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#inFlight.size === 0) return resolve()
      const timer = setTimeout(resolve, this.#drainTimeoutMs)
      this.#ondrained = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

const printError = (error: Error): void => console.error(error)
