import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { McpServerOptions, RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { AnySchema } from '@modelcontextprotocol/sdk/server/zod-compat.js'
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js'
import type {
  Implementation,
  InitializeRequest,
  InitializeResult,
  JSONRPCMessage,
  JSONRPCRequest,
  MessageExtraInfo,
  RequestId,
  Result,
  ServerCapabilities,
  ServerNotification,
  ServerRequest,
} from '@modelcontextprotocol/sdk/types.js'
import { toRefusal } from '../../http/errors.ts'
import {
  type ErrorObject,
  errorMessage,
  isNotification,
  isObject,
  isRequest,
} from '../../protocol/json-rpc.ts'
import { declaresNoHeader } from '../../protocol/param-headers.ts'
import { boundError, boundResult } from '../../protocol/validation-bounds.ts'
import { isPromise, type MaybePromise } from '../../utils/maybe-promise.ts'
import { tryTextOf } from '../../utils/to-error.ts'
import type { Dropped } from '../dropped-messages.ts'
import type { Exchange } from '../exchange.ts'
import { sendable } from '../guard-handlers.ts'
import { handled, watched } from '../guard-server.ts'
import {
  CallToolRequestSchema,
  CallToolResultSchema,
  ErrorCode,
  getParseErrorMessage,
  InitializeRequestSchema,
  ListToolsRequestSchema,
  McpError,
  mergeCapabilities,
  normalizeObjectSchema,
  SdkMcpServer,
  SUPPORTED_PROTOCOL_VERSIONS,
  safeParseAsync,
} from '../sdk.ts'
import { isPlainCall, isPlainIntroduction, isPlainResult } from './fast-validate.ts'
import { type LateListener, LISTENER } from './lazy-sdk-server.ts'
import { type Parsed, parse } from './parse-arguments.ts'
import { areSdkMethodsUntouched, overridesSdkMethods } from './sdk-methods.ts'
import {
  describeTool,
  inputJson,
  isRawShape,
  isToolSchema,
  type JsonSchema,
  lasting,
  type ToolConfig,
} from './tool-schemas.ts'

type Reply = JSONRPCMessage | undefined

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>

/** A tool that the SDK has not been told of. */
export interface RecordedTool {
  name: string
  /** As it was registered. */
  config: Readonly<Record<Exclude<keyof ToolConfig, 'execution'>, unknown>>
  /** The same with its raw shapes made schemas, once they are needed. */
  described: ToolConfig | undefined
  callback: (...args: unknown[]) => unknown
  /** What `registerTool` returned. */
  handle: RegisteredTool
  /** What the SDK made of it. */
  registered: RegisteredTool | undefined
}

/** The methods of the SDK's class that are called in the course of a tool call, where its own do not stand for them. */
interface ToolSteps {
  executeToolHandler(tool: RegisteredTool, args: unknown, extra: Extra): Promise<unknown>
  validateToolOutput(tool: RegisteredTool, result: unknown, name: string): Promise<void>
  createToolError(message: string): unknown
}

const SDK_STEPS = SdkMcpServer.prototype as unknown as ToolSteps
const { executeToolHandler, validateToolOutput, createToolError } = SDK_STEPS
const STEPS: ToolSteps = { executeToolHandler, validateToolOutput, createToolError }

interface Call {
  id: RequestId
  aborted: boolean
  controller?: AbortController
}

const PLAIN_NAME = /^\w([\w.-]{0,126}\w)?$/

const MAX_REMEMBERED = 1024

// servers are built again and again with the same ones
const remembered = new Set<string>()

/** Whether the SDK takes a tool's name without a word. */
function isPlainName(name: string): boolean {
  if (remembered.has(name)) return true
  if (!PLAIN_NAME.test(name) || name in Object.prototype) return false
  if (remembered.size < MAX_REMEMBERED) remembered.add(name)
  return true
}

const isTask = (callback: object): boolean => (callback as { createTask?: unknown }).createTask !== undefined

const LISTS = ['tools', 'prompts', 'resources'] as const

/** What the SDK's server asks its client with. */
const QUESTIONS = ['request', 'elicitInput', 'createMessage', 'listRoots'] as const

// A factory registers its tools with the server that it has just built, and each look at that one's proxy takes as long
// as all else that is done for a tool. Forgotten when the server is closed, so that nothing of a request is kept.
let latest: { server: object; shortcut: Shortcut } | undefined

/** The shortcut that a server has; it is found through a proxy of the server too. */
export const shortcutOf = (server: object): Shortcut | undefined =>
  server === latest?.server ? latest.shortcut : (server as { [LISTENER]?: Shortcut })[LISTENER]

export function giveShortcut(server: object, shortcut: Shortcut): void {
  ;(server as { [LISTENER]?: Shortcut })[LISTENER] = shortcut
  latest = { server, shortcut }
}

/**
 * The second path: what a server answers by itself while nobody looks into it. It records tools, and
 * answers `initialize`, `tools/list` and `tools/call` as the SDK would; the rest, and everything out of
 * the ordinary, it hands over to the SDK for good.
 */
export class Shortcut implements LateListener {
  /** Whether the SDK has not been needed. */
  isOpen = true
  /** Whether the SDK itself is at work in the server. */
  isInside = false
  /** What was registered with the SDK, besides tools. */
  readonly declared: ServerCapabilities = {}
  readonly tools: Map<string, RecordedTool> = new Map()
  readonly options: McpServerOptions
  /** Takes what the server sends when its client cannot be reached any more. */
  dropped: Dropped | undefined
  /** The server, as its class has made it: whatever stands in front of it is not the same. */
  readonly self: SdkMcpServer

  readonly #info: Implementation
  readonly #wake: () => Server
  readonly #class: object
  #handle: ProxyHandler<RecordedTool> | undefined
  readonly #calls: Call[] = []
  #exchange: Exchange | undefined
  #open: (() => Exchange) | undefined
  #introduction: { params: InitializeRequest['params']; extra?: MessageExtraInfo | undefined } | undefined

  /** @param wake - Hands over, and returns the SDK's server. */
  constructor(self: SdkMcpServer, info: Implementation, options: McpServerOptions, wake: () => Server) {
    this.self = self
    this.#class = Object.getPrototypeOf(self)
    this.#info = info
    this.options = options
    this.#wake = wake
  }

  onlook(): void {
    if (this.isOpen && !this.isInside) this.#wake()
  }

  onreplace(): void {
    if (this.isOpen) this.#wake()
  }

  /**
   * Whether it may stand for a server: not from the moment on that a method which it stands for is replaced, nor for
   * what user code has put in front of the server.
   */
  standsFor(server: object): boolean {
    if (!this.isOpen) return false
    if (server === this.self && areSdkMethodsUntouched() && !overridesSdkMethods(this.#class)) return true
    this.#wake()
    return false
  }

  /** Whether a step of a call that has begun is still the SDK's. */
  #standsForStep(name: keyof ToolSteps): boolean {
    if (this.isOpen && (this.#class as ToolSteps)[name] === STEPS[name]) return true
    if (this.isOpen) this.#wake()
    return false
  }

  get #steps(): ToolSteps {
    return this.self as unknown as ToolSteps
  }

  get isConnected(): boolean {
    return this.#exchange !== undefined || this.#open !== undefined
  }

  /** Records a tool; undefined for one that the SDK has to see. */
  record(name: string, config: unknown, callback: unknown): RegisteredTool | undefined {
    if (!this.isOpen || this.isConnected || !isObject(config) || typeof callback !== 'function')
      return undefined
    if (!isPlainName(name) || this.tools.has(name) || isTask(callback)) return undefined
    const { title, description, inputSchema, outputSchema, annotations, _meta } = config
    if (!isToolSchema(inputSchema) || !isToolSchema(outputSchema)) return undefined
    // with every member that it will have: V8 moves an object that gets one later
    const tool: RecordedTool = {
      name,
      config: { title, description, inputSchema, outputSchema, annotations, _meta },
      callback: callback as RecordedTool['callback'],
      handle: undefined as never,
      described: undefined,
      registered: undefined,
    }
    this.tools.set(name, tool)
    this.#handle ??= handleOf(this.#wake)
    tool.handle = new Proxy(tool, this.#handle) as unknown as RegisteredTool
    return tool.handle
  }

  /** Records a tool in the SDK's older words: description and raw shape, either of them left out. */
  recordPlainly(name: string, words: unknown[]): RegisteredTool | undefined {
    const rest = [...words]
    const description = typeof rest[0] === 'string' ? rest.shift() : undefined
    const callback = rest.pop()
    const [inputSchema] = rest
    if (rest.length > 1 || (rest.length === 1 && !isRawShape(inputSchema))) return undefined
    return this.record(name, { description, inputSchema }, callback)
  }

  /** The JSON Schema of a tool's arguments. */
  inputJson(name: string): JsonSchema | undefined {
    const tool = this.tools.get(name)
    return tool && inputJson(configOf(tool))
  }

  /** Whether a tool certainly has no arguments that are mirrored into headers. */
  mirrorsNothing(name: string): boolean {
    const tool = this.isOpen ? this.tools.get(name) : undefined
    return tool !== undefined && declaresNoHeader(configOf(tool).inputSchema)
  }

  connect(exchange: Exchange): boolean {
    if (this.isConnected) return false
    this.attach(exchange)
    return true
  }

  /** Connects to an exchange that is opened, and attached, when it is needed. */
  connectLater(open: () => Exchange): void {
    this.#open = open
  }

  attach(exchange: Exchange): void {
    this.#exchange = exchange
    exchange.onmessage = (message, extra) => this.#receive(message, extra)
    exchange.onclose = () => {
      for (const call of this.#calls) abort(call)
      this.#exchange = undefined
      this.#open = undefined
      this.#introduction = undefined
    }
  }

  close(): void {
    if (latest?.shortcut === this) latest = undefined
    // before it has answered, that is no way to end
    const exchange = this.#exchange ?? (this.#calls.length > 0 ? this.#open?.() : undefined)
    void exchange?.close()
    this.#open = undefined
    this.#introduction = undefined
  }

  /** Leaves everything to the SDK: what comes in from now on, and what the client has said. */
  handOver(server: Server, connect: (exchange: Exchange) => Promise<void>): void {
    this.isOpen = false
    if (latest?.shortcut === this) latest = undefined
    const exchange = this.#exchange ?? this.#open?.()
    if (!exchange) return
    connect(exchange).catch((error) => exchange.end(toRefusal(error)))
    if (!this.#introduction) return
    const { params, extra } = this.#introduction
    introduceAtOnce(server, params, exchange.call('initialize', params, extra))
  }

  // stays in front of the SDK's own, which takes over the rest
  #receive(message: JSONRPCMessage, extra?: MessageExtraInfo): void {
    if (isNotification(message) && message.method === 'notifications/cancelled') {
      const call = this.#calls.find(({ id }) => id === message.params?.requestId)
      if (call) abort(call)
    }
    if (!this.isOpen) return
    if (isRequest(message)) this.#answer(message, extra).catch((error) => this.#fail(message, error))
    else this.pass(message, extra)
  }

  async #answer(request: JSONRPCRequest, extra?: MessageExtraInfo): Promise<void> {
    const reply = this.reply(request, extra)
    // what is known at once is sent at once
    const response = isPromise(reply) ? await reply : reply
    if (response) await this.#exchange?.send(response)
    else this.pass(request, extra)
  }

  // the caller gets an answer, whatever went wrong
  #fail({ id }: JSONRPCRequest, error: unknown): void {
    const refusal = toRefusal(error)
    const exchange = this.#exchange
    if (exchange && exchange.pending.length > 1) exchange.answer(errorMessage(id, refusal))
    else exchange?.end(refusal)
  }

  /** Hands a message over to the SDK. */
  pass(message: JSONRPCMessage, extra?: MessageExtraInfo): void {
    const exchange = this.#exchange
    this.#wake()
    exchange?.hand(message, extra)
  }

  /** The reply to a request; undefined where the SDK has to find it. */
  reply(request: JSONRPCRequest, extra?: MessageExtraInfo): MaybePromise<Reply> {
    if (!this.standsFor(this.self)) return undefined
    const { id, method, params } = request
    const hasTools = this.tools.size > 0
    switch (method) {
      case 'initialize':
        return resultMessage(id, this.introduce(params, extra))
      case 'tools/list':
        return hasTools && ListToolsRequestSchema.safeParse(request).success
          ? resultMessage(id, this.#list())
          : undefined
      case 'tools/call':
        return hasTools ? this.#call(request, extra) : undefined
      default:
        return undefined
    }
  }

  /** What `initialize` is answered; undefined where the SDK has to answer it. */
  introduce(asked: unknown, extra?: MessageExtraInfo): InitializeResult | undefined {
    if (!this.standsFor(this.self)) return undefined
    const params = isPlainIntroduction(asked) ? asked : parsedIntroduction(asked)
    if (!params) return undefined
    const { instructions } = this.options
    const [latest] = SUPPORTED_PROTOCOL_VERSIONS
    this.#introduction = { params, extra }
    return {
      protocolVersion: SUPPORTED_PROTOCOL_VERSIONS.includes(params.protocolVersion)
        ? params.protocolVersion
        : (latest as string),
      capabilities: this.#capabilities(),
      serverInfo: this.#info,
      ...(instructions && { instructions }),
    }
  }

  #capabilities(): ServerCapabilities {
    const { capabilities } = this.options
    if (!capabilities)
      return { ...(this.tools.size > 0 && { tools: { listChanged: true } }), ...this.declared }
    const changing = LISTS.filter((list) => capabilities[list] || (list === 'tools' && this.tools.size > 0))
    const declared = Object.fromEntries(changing.map((list) => [list, { listChanged: true }]))
    return mergeCapabilities(capabilities, { ...declared, ...this.declared })
  }

  #list(): Result {
    return { tools: [...this.tools.values()].map((tool) => describeTool(tool.name, configOf(tool))) }
  }

  #call(request: JSONRPCRequest, extra?: MessageExtraInfo): MaybePromise<Reply> {
    const { params } = request
    const valid = isPlainCall(params) ? params : CallToolRequestSchema.safeParse(request).data?.params
    const tool = valid && !params?.task && this.tools.get(valid.name as string)
    return tool ? this.#invoke(tool, request, valid.arguments ?? {}, extra) : undefined
  }

  async #invoke(
    tool: RecordedTool,
    request: JSONRPCRequest,
    given: unknown,
    about?: MessageExtraInfo,
  ): Promise<JSONRPCMessage> {
    const { id } = request
    const call: Call = { id, aborted: false }
    this.#calls.push(call)
    try {
      const { inputSchema } = configOf(tool)
      let args: unknown[] = []
      if (inputSchema) {
        const parsed = parse(inputSchema, given)
        args = [argumentsOf(tool, isPromise(parsed) ? await parsed : parsed)]
      }
      const extra = this.#extraOf(request, call, about)
      const result = await this.#execute(tool, args, extra)
      if (!this.#standsForStep('validateToolOutput')) {
        await this.#steps.validateToolOutput(tool.handle, result, tool.name)
      } else if (configOf(tool).outputSchema) await checkOutput(tool, result)
      return replyOf(id, result)
    } catch (error) {
      return this.#standsForStep('createToolError') ? failureOf(id, error) : this.#failureOf(id, error)
    } finally {
      this.#forget(call)
    }
  }

  #execute(tool: RecordedTool, args: unknown[], extra: Extra): unknown {
    if (!this.#standsForStep('executeToolHandler')) {
      return this.#steps.executeToolHandler(tool.handle, args[0], extra)
    }
    // called by itself: no handler has the record for its `this`
    const { callback } = tool
    return callback(...args, extra)
  }

  async #failureOf(id: RequestId, error: unknown): Promise<JSONRPCMessage> {
    const text = tryTextOf(error)
    if (text === undefined || demandsElicitation(error)) return failureOf(id, error)
    try {
      return replyOf(id, await this.#steps.createToolError(text))
    } catch (thrown) {
      return errorMessage(id, errorObjectOf(sendable(thrown)))
    }
  }

  #forget(call: Call): void {
    const last = this.#calls.pop() as Call
    if (last !== call) this.#calls[this.#calls.indexOf(call)] = last
  }

  #extraOf({ id, params }: JSONRPCRequest, call: Call, about?: MessageExtraInfo): Extra {
    const wake = this.#wake
    const relatedRequestId = id
    const extra: Extra = {
      signal: LATE as never,
      sessionId: undefined,
      _meta: params?._meta,
      sendNotification: (notification) =>
        handled(
          (async () => {
            if (!call.aborted) await wake().notification(notification, { relatedRequestId })
          })(),
        ),
      sendRequest: (request, schema, options) =>
        watched(request.method, async () => {
          if (call.aborted) throw new McpError(ErrorCode.ConnectionClosed, 'Request was cancelled')
          return wake().request(request, schema, { ...options, relatedRequestId })
        }),
      authInfo: about?.authInfo,
      requestId: id,
      requestInfo: LATE as never,
      taskId: undefined,
      taskStore: undefined,
      taskRequestedTtl: undefined,
      closeSSEStream: about?.closeSSEStream,
      closeStandaloneSSEStream: about?.closeStandaloneSSEStream,
    }
    return new Proxy(extra, new LateMembers(call, about))
  }
}

// what is made when it is asked for
const LATE = Symbol('late')

/**
 * Makes what few handlers ask for when they ask; a spread asks for all of it. Not an object with getters: each
 * of those is of a shape of its own, which outlives many collections.
 */
class LateMembers implements ProxyHandler<Extra> {
  readonly #call: Call
  readonly #about: MessageExtraInfo | undefined

  constructor(call: Call, about: MessageExtraInfo | undefined) {
    this.#call = call
    this.#about = about
  }

  get(extra: Extra, key: string | symbol): unknown {
    this.#make(extra, key)
    return extra[key as keyof Extra]
  }

  getOwnPropertyDescriptor(extra: Extra, key: string | symbol): PropertyDescriptor | undefined {
    this.#make(extra, key)
    return Reflect.getOwnPropertyDescriptor(extra, key)
  }

  defineProperty(extra: Extra, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    this.#make(extra, key)
    return Reflect.defineProperty(extra, key, descriptor)
  }

  preventExtensions(extra: Extra): boolean {
    for (const key of Object.keys(extra)) this.#make(extra, key)
    return Reflect.preventExtensions(extra)
  }

  #make(extra: Extra, key: string | symbol): void {
    if ((extra[key as keyof Extra] as unknown) !== LATE) return
    if (key === 'signal') extra.signal = signalOf(this.#call)
    else extra.requestInfo = this.#about?.requestInfo as never
  }
}

const resultMessage = (id: RequestId, result: Result | undefined): JSONRPCMessage | undefined =>
  result && { jsonrpc: '2.0', id, result }

const parsedIntroduction = (params: unknown): InitializeRequest['params'] | undefined =>
  InitializeRequestSchema.safeParse({ method: 'initialize', params }).data?.params

function abort(call: Call): void {
  call.aborted = true
  call.controller?.abort()
}

function signalOf(call: Call): AbortSignal {
  call.controller ??= new AbortController()
  if (call.aborted) call.controller.abort()
  return call.controller.signal
}

/** The config of a tool with its raw shapes made schemas, when they are needed first. */
function configOf(tool: RecordedTool): ToolConfig {
  tool.described ??= described(tool.config)
  return tool.described
}

// member by member: a spread takes a microsecond, for each tool of a list
const described = (config: RecordedTool['config']): ToolConfig => ({
  title: config.title as ToolConfig['title'],
  description: config.description as ToolConfig['description'],
  inputSchema: lasting(config.inputSchema) as ToolConfig['inputSchema'],
  outputSchema: lasting(config.outputSchema) as ToolConfig['outputSchema'],
  annotations: config.annotations as ToolConfig['annotations'],
  _meta: config._meta as ToolConfig['_meta'],
  execution: { taskSupport: 'forbidden' },
})

function argumentsOf(tool: RecordedTool, parsed: Parsed): unknown {
  if ('data' in parsed) return parsed.data
  const why = `Invalid arguments for tool ${tool.name}: ${getParseErrorMessage(parsed.error)}`
  throw new McpError(ErrorCode.InvalidParams, `Input validation error: ${why}`)
}

function replyOf(id: RequestId, result: unknown): JSONRPCMessage {
  if (isPlainResult(result)) return { jsonrpc: '2.0', id, result }
  const { success, data, error } = CallToolResultSchema.safeParse(result)
  if (success) return { jsonrpc: '2.0', id, result: data }
  const message = `Invalid tools/call result: ${error.message}`
  return errorMessage(id, boundError(new McpError(ErrorCode.InvalidParams, message)) as McpError)
}

/** What the SDK sends of what a handler throws. */
function errorObjectOf(error: unknown): ErrorObject {
  const { code, message, data } = (error ?? {}) as Partial<ErrorObject>
  return {
    code: Number.isSafeInteger(code) ? (code as number) : ErrorCode.InternalError,
    message: message ?? 'Internal error',
    data,
  }
}

const demandsElicitation = (error: unknown): error is McpError =>
  error instanceof McpError && error.code === ErrorCode.UrlElicitationRequired

function failureOf(id: RequestId, error: unknown): JSONRPCMessage {
  const text = tryTextOf(error)
  // the SDK's class answers the same for a value that has no text
  if (text === undefined)
    return errorMessage(id, { code: ErrorCode.InternalError, message: 'Internal error' })
  if (demandsElicitation(error)) return errorMessage(id, sendable(error) as McpError)
  const result = boundResult({ content: [{ type: 'text', text }], isError: true }) as Result
  return { jsonrpc: '2.0', id, result }
}

async function checkOutput(tool: RecordedTool, result: unknown): Promise<void> {
  const { outputSchema } = configOf(tool)
  if (!outputSchema || !('content' in (result as Result)) || (result as Result).isError) return
  const refuse = (why: string) => new McpError(ErrorCode.InvalidParams, `Output validation error: ${why}`)
  const { structuredContent } = result as Result
  if (!structuredContent) {
    throw refuse(`Tool ${tool.name} has an output schema but no structured content was provided`)
  }
  // as the SDK does, which checks objects only
  const parsed = await safeParseAsync(normalizeObjectSchema(outputSchema) as AnySchema, structuredContent)
  if (parsed.success) return
  throw refuse(`Invalid structured content for tool ${tool.name}: ${getParseErrorMessage(parsed.error)}`)
}

/** What `registerTool` returns: whatever is done with it is done with what the SDK made of the tool. */
const handleOf = (wake: () => unknown): ProxyHandler<RecordedTool> => {
  const real = (tool: RecordedTool): RegisteredTool => {
    wake()
    return tool.registered!
  }
  return {
    get: (tool, key) => Reflect.get(real(tool), key),
    set: (tool, key, value) => Reflect.set(real(tool), key, value),
    has: (tool, key) => Reflect.has(real(tool), key),
    ownKeys: (tool) => Reflect.ownKeys(real(tool)),
    getOwnPropertyDescriptor: (tool, key) => Reflect.getOwnPropertyDescriptor(real(tool), key),
  }
}

/** Has the SDK's server know its client at once, where its own handshake takes a few turns. */
function introduceAtOnce(
  server: Server,
  { capabilities, clientInfo }: InitializeRequest['params'],
  handshake: Promise<unknown>,
): void {
  const introduced = handshake.catch(() => {})
  server.getClientCapabilities = () => capabilities
  server.getClientVersion = () => clientInfo
  for (const name of QUESTIONS) {
    const ask = server[name] as (...args: unknown[]) => Promise<unknown>
    server[name] = (async (...args: unknown[]) => {
      await introduced
      return ask.apply(server, args)
    }) as never
  }
  const { createElicitationCompletionNotifier: notifier } = server
  server.createElicitationCompletionNotifier = (...args) => {
    if (!capabilities.elicitation?.url) return notifier.apply(server, args)
    return async () => {
      await introduced
      return notifier.apply(server, args)()
    }
  }
}
