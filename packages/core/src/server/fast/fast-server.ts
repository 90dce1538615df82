import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { McpServerOptions } from '@modelcontextprotocol/sdk/server/mcp.js'
import type {
  Implementation,
  InitializeRequest,
  InitializeResult,
  JSONRPCMessage,
  JSONRPCRequest,
  JSONRPCResponse,
  MessageExtraInfo,
  RequestId,
  Result,
  ServerCapabilities,
} from '@modelcontextprotocol/sdk/types.js'
import { toRefusal } from '../../http/errors.ts'
import { errorMessage, isNotification, isRequest } from '../../protocol/json-rpc.ts'
import { declaresNoHeader } from '../../protocol/param-headers.ts'
import {
  CallToolRequestSchema,
  InitializeRequestSchema,
  ListToolsRequestSchema,
  mergeCapabilities,
  type SdkMcpServer,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '../../protocol/sdk.ts'
import { isPromise, type MaybePromise } from '../../utils/maybe-promise.ts'
import type { Dropped } from '../dropped-messages.ts'
import type { Exchange } from '../exchange.ts'
import { isPlainCall, isPlainIntroduction } from './fast-validate.ts'
import { createExtra, RunningCall } from './handler-extra.ts'
import { type LateListener, LISTENER } from './lazy-sdk-server.ts'
import { describeConfig, RecordedTools } from './recorded-tools.ts'
import { runTool, SDK_STEPS, type ToolSteps } from './run-tool.ts'
import { areSdkMethodsUntouched, overridesSdkMethods } from './sdk-methods.ts'
import { introduceAtOnce } from './step-aside.ts'
import { describeTool, inputJson, type JsonSchema } from './tool-schemas.ts'

const LISTS = ['tools', 'prompts', 'resources'] as const

// A factory registers its tools with the server that it has just built, and each read through that server's proxy
// takes as long as everything else that is done for a tool. Reset when the server closes, so that no request is kept.
let latest: { server: object; fast: FastServer } | undefined

/** The fast server behind a server; it is found through a proxy of the server as well. */
export const fastServerOf = (server: object): FastServer | undefined =>
  server === latest?.server ? latest.fast : (server as { [LISTENER]?: FastServer })[LISTENER]

/** Puts a fast server behind a server. */
export function setFastServer(server: object, fast: FastServer): void {
  ;(server as { [LISTENER]?: FastServer })[LISTENER] = fast
  latest = { server, fast }
}

/**
 * Answers for a server of the SDK's class until the SDK is needed: it records tools, and answers `initialize`,
 * `tools/list` and `tools/call` as the SDK would. Anything else, and everything once user code has read or replaced
 * what it stands for, it hands over to the SDK for good.
 */
export class FastServer implements LateListener {
  /** Whether the SDK has not been needed. */
  isOpen = true
  /** Whether Portico itself calls the SDK inside the server. */
  isInside = false
  /** What was registered with the SDK, besides tools. */
  readonly declared: ServerCapabilities = {}
  readonly tools: RecordedTools
  readonly options: McpServerOptions
  /** The request; its `dropped` takes what the server sends when its client cannot be reached any more. */
  scope: { readonly dropped: Dropped } | undefined
  /** The server, as its class created it: a proxy in front of it is not the same. */
  readonly self: SdkMcpServer

  readonly #info: Implementation
  readonly #wake: () => Server
  readonly #class: object
  readonly #calls: RunningCall[] = []
  #exchange: Exchange | undefined
  #open: (() => Exchange) | undefined
  #introduction: { params: InitializeRequest['params']; about?: MessageExtraInfo | undefined } | undefined

  /** @param wake - Hands over, and returns the SDK's server. */
  constructor(self: SdkMcpServer, info: Implementation, options: McpServerOptions, wake: () => Server) {
    this.self = self
    this.#class = Object.getPrototypeOf(self)
    this.#info = info
    this.options = options
    this.#wake = wake
    this.tools = new RecordedTools(wake)
  }

  onlook(): void {
    if (this.isOpen && !this.isInside) this.#wake()
  }

  onreplace(): void {
    if (this.isOpen) this.#wake()
  }

  /**
   * Whether it may answer for a server: not once a method that it stands for is replaced, and not for a proxy that
   * user code has put in front of the server.
   */
  standsFor(server: object): boolean {
    if (!this.isOpen) return false
    if (server === this.self && areSdkMethodsUntouched() && !overridesSdkMethods(this.#class)) return true
    this.#wake()
    return false
  }

  get isConnected(): boolean {
    return this.#exchange !== undefined || this.#open !== undefined
  }

  /** The JSON Schema of a tool's arguments. */
  inputJson(name: string): JsonSchema | undefined {
    const tool = this.tools.get(name)
    return tool && inputJson(describeConfig(tool))
  }

  /** Whether a tool certainly has no arguments that are mirrored into headers. */
  mirrorsNothing(name: string): boolean {
    const tool = this.isOpen ? this.tools.get(name) : undefined
    return tool !== undefined && declaresNoHeader(describeConfig(tool).inputSchema)
  }

  /** Connects to an exchange that is opened, and attached, when it is needed. */
  connectLater(open: () => Exchange): void {
    this.#open = open
  }

  attach(exchange: Exchange): void {
    this.#exchange = exchange
    exchange.onmessage = (message, extra) => this.#receive(message, extra)
    exchange.onclose = () => {
      for (const call of this.#calls) call.abort()
      this.#exchange = undefined
      this.#open = undefined
      this.#introduction = undefined
    }
  }

  close(): void {
    if (latest?.fast === this) latest = undefined
    // a server that is closed before it has answered tells its client
    const exchange = this.#exchange ?? (this.#calls.length > 0 ? this.#open?.() : undefined)
    void exchange?.close()
    this.#open = undefined
    this.#introduction = undefined
  }

  /** Leaves everything to the SDK: what comes in from now on, and what the client has said. */
  handOver(server: Server, connect: (exchange: Exchange) => Promise<void>): void {
    this.isOpen = false
    if (latest?.fast === this) latest = undefined
    const exchange = this.#exchange ?? this.#open?.()
    if (!exchange) return
    connect(exchange).catch((error) => exchange.end(toRefusal(error)))
    if (!this.#introduction) return
    const { params, about } = this.#introduction
    introduceAtOnce(server, params, exchange.call('initialize', params, about))
  }

  /** Hands a message over to the SDK. */
  pass(message: JSONRPCMessage, about?: MessageExtraInfo): void {
    const exchange = this.#exchange
    this.#wake()
    exchange?.hand(message, about)
  }

  /** The reply to a request; undefined where the SDK has to find it. */
  reply(request: JSONRPCRequest, about?: MessageExtraInfo): MaybePromise<JSONRPCResponse | undefined> {
    if (!this.standsFor(this.self)) return undefined
    const hasTools = this.tools.size > 0
    switch (request.method) {
      case 'initialize':
        return createResponse(request.id, this.introduce(request.params, about))
      case 'tools/list':
        return hasTools && ListToolsRequestSchema.safeParse(request).success
          ? createResponse(request.id, this.#listTools())
          : undefined
      case 'tools/call':
        return hasTools ? this.#callTool(request, about) : undefined
      default:
        return undefined
    }
  }

  /** What `initialize` is answered; undefined where the SDK has to answer it. */
  introduce(given: unknown, about?: MessageExtraInfo): InitializeResult | undefined {
    if (!this.standsFor(this.self)) return undefined
    const params = isPlainIntroduction(given)
      ? given
      : InitializeRequestSchema.safeParse({ method: 'initialize', params: given }).data?.params
    if (!params) return undefined
    this.#introduction = { params, about }
    const { instructions } = this.options
    const isSupported = SUPPORTED_PROTOCOL_VERSIONS.includes(params.protocolVersion)
    return {
      protocolVersion: isSupported ? params.protocolVersion : (SUPPORTED_PROTOCOL_VERSIONS[0] as string),
      capabilities: this.#capabilities(),
      serverInfo: this.#info,
      ...(instructions && { instructions }),
    }
  }

  #capabilities(): ServerCapabilities {
    const { capabilities } = this.options
    const hasTools = this.tools.size > 0
    if (!capabilities) return { ...(hasTools && { tools: { listChanged: true } }), ...this.declared }
    const changing = LISTS.filter((list) => capabilities[list] || (list === 'tools' && hasTools))
    const declared = Object.fromEntries(changing.map((list) => [list, { listChanged: true }]))
    return mergeCapabilities(capabilities, { ...declared, ...this.declared })
  }

  #listTools(): Result {
    return { tools: [...this.tools.values()].map((tool) => describeTool(tool.name, describeConfig(tool))) }
  }

  #callTool(request: JSONRPCRequest, about?: MessageExtraInfo): Promise<JSONRPCResponse> | undefined {
    const { id, params } = request
    const valid = isPlainCall(params) ? params : CallToolRequestSchema.safeParse(request).data?.params
    const tool = valid && !params?.task && this.tools.get(valid.name as string)
    if (!tool) return undefined
    const call = new RunningCall(id)
    this.#calls.push(call)
    const extra = () => createExtra(request, call, about, this.#wake)
    const replaced = (step: keyof ToolSteps) => this.#replacedStep(step)
    return runTool(tool, id, valid.arguments ?? {}, extra, replaced).finally(() => this.#forget(call))
  }

  /** The server, if a step of a call that has begun is no longer the SDK's. */
  #replacedStep(step: keyof ToolSteps): ToolSteps | undefined {
    if (this.isOpen && (this.#class as ToolSteps)[step] === SDK_STEPS[step]) return undefined
    if (this.isOpen) this.#wake()
    return this.self as unknown as ToolSteps
  }

  #forget(call: RunningCall): void {
    const last = this.#calls.pop() as RunningCall
    if (last !== call) this.#calls[this.#calls.indexOf(call)] = last
  }

  // stays in front of the SDK's own `onmessage`, which takes over the rest
  #receive(message: JSONRPCMessage, about?: MessageExtraInfo): void {
    if (isNotification(message) && message.method === 'notifications/cancelled') {
      this.#calls.find(({ id }) => id === message.params?.requestId)?.abort()
    }
    if (!this.isOpen) return
    if (isRequest(message)) this.#answer(message, about).catch((error) => this.#fail(message.id, error))
    else this.pass(message, about)
  }

  async #answer(request: JSONRPCRequest, about?: MessageExtraInfo): Promise<void> {
    const reply = this.reply(request, about)
    // a reply that is known at once is sent at once
    const response = isPromise(reply) ? await reply : reply
    if (response) await this.#exchange?.send(response)
    else this.pass(request, about)
  }

  // the client gets an answer, whatever went wrong
  #fail(id: RequestId, error: unknown): void {
    const refusal = toRefusal(error)
    const exchange = this.#exchange
    if (exchange && exchange.pending.length > 1) exchange.answer(errorMessage(id, refusal))
    else exchange?.end(refusal)
  }
}

const createResponse = (id: RequestId, result: Result | undefined): JSONRPCResponse | undefined =>
  result && { jsonrpc: '2.0', id, result }
