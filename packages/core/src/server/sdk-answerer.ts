import type {
  Implementation,
  InitializeResult,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  Result,
} from '@modelcontextprotocol/sdk/types.js'
import { Refusal } from '../http/errors.ts'
import type { ResponseMode } from '../http/media-types.ts'
import { PROTOCOL_VERSION_KEY } from '../protocol/envelope.ts'
import type { ParamHeader } from '../protocol/param-headers.ts'
import type { MaybePromise } from '../utils/type-guards.ts'
import type { Answerer, Client, Introduction } from './answerer.ts'
import type { Exchange } from './exchange.ts'
import type { ToolTaskSupport } from './extension.ts'
import type { McpServerLike } from './factory.ts'
import { getProtocol } from './get-protocol.ts'
import { completeHandshake } from './handshake.ts'
import type { RequestScope } from './request-scope.ts'
import { isParsable } from './sanitize-error.ts'
import { readTaskSupport } from './task-support.ts'

const UNKNOWN_SERVER: Implementation = { name: 'unknown', version: '0' }

/** Answers with the protocol of the server's own SDK, through an exchange. */
export class SdkAnswerer implements Answerer {
  readonly exchange: Exchange
  readonly speaksModern: boolean = false
  protected readonly server: McpServerLike
  protected readonly scope: RequestScope
  readonly #connected: Promise<void> | undefined
  #isInitialized = false

  /** @param connected - The `connect()` of the server, which may wait for its client. */
  constructor(server: McpServerLike, exchange: Exchange, scope: RequestScope, connected?: Promise<void>) {
    this.server = server
    this.exchange = exchange
    this.scope = scope
    this.#connected = connected
  }

  get isOver(): boolean {
    return this.exchange.isOver
  }

  async introduce(client: Client): Promise<Introduction> {
    const { era } = this.scope.context
    const params = this.scope.initializeParams(client)
    // The mark shows observers that no client sent this message.
    const _meta = era === 'modern' ? { [PROTOCOL_VERSION_KEY]: client.protocolVersion } : undefined
    const response = await this.call('initialize', { ...params, ...(_meta && { _meta }) })
    if ('result' in response) return response.result as InitializeResult
    // A 2025-era client without a session has sent its `initialize` to another server; this one serves it nevertheless.
    if (era === 'legacy') return { capabilities: {}, serverInfo: UNKNOWN_SERVER }
    if (isParsable('initialize', params)) throw new Error(`initialize failed: ${response.error.message}`)
    throw new Refusal('invalid-envelope', '_meta: clientCapabilities or clientInfo is malformed')
  }

  async initialized(): Promise<void> {
    if (this.#isInitialized) return
    this.#isInitialized = true
    await completeHandshake(this.server, this.exchange, this.scope, this.#connected)
  }

  paramHeaders(tool: string): MaybePromise<readonly ParamHeader[]> {
    return this.scope.handler.tools.paramHeaders(this.server, tool, (params) =>
      this.call('tools/list', params),
    )
  }

  readTaskSupport(tool: string): MaybePromise<ToolTaskSupport> {
    return readTaskSupport(this.scope.handler.tools, this.server, tool, (params) =>
      this.call('tools/list', params),
    )
  }

  discover(result: Result, _request: JSONRPCRequest): MaybePromise<Result> {
    return result
  }

  handles(method: string): boolean {
    const inner = getProtocol(this.server)
    const { assertCanSetRequestHandler: check } = inner as { assertCanSetRequestHandler?: unknown }
    if (typeof check !== 'function') return true
    try {
      check.call(inner, method)
      return false
    } catch {
      return true
    }
  }

  call(method: string, params: object): Promise<JSONRPCResponse> {
    return this.exchange.call(method, params, this.scope)
  }

  send(request: JSONRPCRequest, _mode: ResponseMode): MaybePromise<Exchange> {
    this.exchange.deliver(request, this.scope)
    return this.exchange
  }

  sendAll(messages: readonly (JSONRPCRequest | JSONRPCNotification)[]): Exchange {
    for (const message of messages) this.exchange.deliver(message, this.scope)
    return this.exchange
  }

  notify(notification: JSONRPCNotification): void {
    this.exchange.isIntroducing = false
    this.exchange.deliver(notification, this.scope)
  }

  answer(response: JSONRPCResponse, mode: ResponseMode): JSONRPCResponse | Exchange {
    if (mode === 'sse') this.exchange.answer(response)
    else this.end()
    return mode === 'sse' ? this.exchange : response
  }

  lacksMethod(namesTarget: boolean): boolean {
    return this.exchange.lacksMethod(namesTarget)
  }

  end(reason?: Refusal): void {
    this.exchange.end(reason)
  }
}
