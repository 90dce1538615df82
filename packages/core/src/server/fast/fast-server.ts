import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { McpServerOptions } from '@modelcontextprotocol/sdk/server/mcp.js'
import type {
  Implementation,
  InitializeRequest,
  JSONRPCMessage,
  MessageExtraInfo,
  RequestId,
  ServerCapabilities,
} from '@modelcontextprotocol/sdk/types.js'
import { toRefusal } from '../../http/errors.ts'
import { declaresNoHeader } from '../../protocol/param-headers.ts'
import type { SdkMcpServer } from '../../protocol/sdk.ts'
import type { DroppedMessages } from '../dropped-messages.ts'
import type { Exchange } from '../exchange.ts'
import type { ToolTaskSupport } from '../extension.ts'
import { LAZY_LISTENER, type LazyListener } from './lazy-sdk-server.ts'
import { presetClient } from './preset-client.ts'
import { describeConfig, type RecordedTool } from './recorded-tools.ts'
import { areSdkMethodsUntouched, SDK_STEPS, type ToolSteps } from './sdk-methods.ts'
import { inputJson, type JsonSchema } from './tool-schemas.ts'

// A factory registers its tools with the server that it has just built, and each read through that server's proxy
// takes as long as everything else that is done for a tool. Reset when the server closes, so that no request is kept.
let latest: { server: object; fast: FastServer } | undefined

/** Finds the fast server behind a server, also through a proxy of that server. */
export const findFastServer = (server: object): FastServer | undefined =>
  latest && server === latest.server
    ? latest.fast
    : (server as { [LAZY_LISTENER]?: FastServer } | undefined)?.[LAZY_LISTENER]

/** Opens the exchange of a request when it is needed. */
interface ExchangeOpener {
  /** The exchange, which is opened by this where it is not. */
  readonly exchange: Exchange
}

/**
 * Answers for a server of the SDK's class until the SDK is needed: it records tools, and answers `initialize`,
 * `tools/list` and `tools/call` as the SDK would. Anything else, and everything once user code has read or replaced
 * one of the methods that it answers for, it hands over to the SDK for good.
 */
export class FastServer implements LazyListener {
  /** Whether it answers itself; false once the SDK has taken over. */
  isActive = true
  /** Whether Portico itself calls a method of the SDK's class, which may read fields of the server. */
  isCallingSdk = false
  /** The capabilities of prompts, resources and others that were registered with the SDK, without tools. */
  readonly declared: ServerCapabilities = {}
  readonly tools: Map<string, RecordedTool> = new Map()
  readonly options: McpServerOptions
  /** The tools that were registered with an `execution.taskSupport`. */
  taskSupport: Map<string, ToolTaskSupport['taskSupport']> | undefined
  /** The request; its `dropped` takes what the server sends when its client cannot be reached any more. */
  scope: { readonly dropped: DroppedMessages } | undefined
  /** The server that its class created, and not a proxy in front of it. */
  readonly self: SdkMcpServer

  readonly info: Implementation
  /** Hands over, and returns the SDK's server. */
  readonly wake: () => Server
  /** The calls that tools are answering. */
  readonly calls: { readonly id: RequestId; abort(): void }[] = []
  /** The `initialize` of the client, which the SDK needs if it takes over. */
  introduction: { params: InitializeRequest['params']; extra?: MessageExtraInfo | undefined } | undefined

  /** Answers the request that the server has been connected for. */
  answerer: ExchangeOpener | undefined
  readonly #class: object
  #exchange: Exchange | undefined

  /**
   * Puts itself behind a server, where {@link findFastServer} finds it.
   *
   * @param wake - Hands over, and returns the SDK's server.
   */
  constructor(self: SdkMcpServer, info: Implementation, options: McpServerOptions, wake: () => Server) {
    this.self = self
    this.#class = Object.getPrototypeOf(self)
    this.info = info
    this.options = options
    this.wake = wake
    ;(self as { [LAZY_LISTENER]?: FastServer })[LAZY_LISTENER] = this
    latest = { server: self, fast: this }
  }

  onRead(): void {
    if (this.isActive && !this.isCallingSdk) this.wake()
  }

  onReplace(): void {
    if (this.isActive) this.wake()
  }

  /**
   * Returns whether it may answer for a server. If user code has replaced a method or has put a proxy in front of the
   * server, it hands over to the SDK and returns false.
   */
  canAnswerFor(server: object): boolean {
    if (!this.isActive) return false
    if (server === this.self && areSdkMethodsUntouched(this.#class)) return true
    this.wake()
    return false
  }

  /** The JSON Schema of a tool's arguments. */
  inputJson(name: string): JsonSchema | undefined {
    const tool = this.tools.get(name)
    return tool && inputJson(describeConfig(tool))
  }

  /** Whether a tool certainly has no arguments that are mirrored into headers. */
  mirrorsNothing(name: string): boolean {
    const tool = this.isActive ? this.tools.get(name) : undefined
    return tool !== undefined && declaresNoHeader(describeConfig(tool).inputSchema)
  }

  /** Serves an exchange from now on. */
  setExchange(exchange: Exchange): void {
    this.#exchange = exchange
    exchange.onclose = () => {
      for (const call of this.calls) call.abort()
      this.#exchange = undefined
      this.answerer = undefined
      this.introduction = undefined
    }
  }

  close(): void {
    if (latest?.fast === this) latest = undefined
    // The client of a call that is still running gets an error, which needs an exchange.
    const exchange = this.#exchange ?? (this.calls.length > 0 ? this.answerer?.exchange : undefined)
    void exchange?.close()
    this.answerer = undefined
    this.introduction = undefined
  }

  /** Leaves everything to the SDK: later messages, and the `initialize` that has been answered. */
  handOver(server: Server, connect: (exchange: Exchange) => Promise<void>): void {
    this.isActive = false
    if (latest?.fast === this) latest = undefined
    const exchange = this.#exchange ?? this.answerer?.exchange
    if (!exchange) return
    connect(exchange).catch((error) => exchange.end(toRefusal(error)))
    if (!this.introduction) return
    const { params, extra } = this.introduction
    presetClient(server, params, exchange.call('initialize', params, extra))
  }

  /** Hands a message over to the SDK. */
  pass(message: JSONRPCMessage, extra?: MessageExtraInfo): void {
    const exchange = this.#exchange
    this.wake()
    exchange?.hand(message, extra)
  }

  /** Returns the server if user code has replaced a step of a call that has begun. */
  replacedStep(step: keyof ToolSteps): ToolSteps | undefined {
    if (this.isActive && (this.#class as ToolSteps)[step] === SDK_STEPS[step]) return undefined
    if (this.isActive) this.wake()
    return this.self as unknown as ToolSteps
  }
}
