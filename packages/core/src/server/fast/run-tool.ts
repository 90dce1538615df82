import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js'
import type {
  CallToolResult,
  JSONRPCRequest,
  JSONRPCResponse,
  MessageExtraInfo,
  RequestId,
  ServerNotification,
  ServerRequest,
} from '@modelcontextprotocol/sdk/types.js'
import { findAddedMembers } from '../../input/request-context.ts'
import { ErrorCode, McpError } from '../../protocol/sdk.ts'
import { isObject } from '../../utils/type-guards.ts'
import { handled, watched } from '../guard-server.ts'
import type { FastServer } from './fast-server.ts'
import { describeConfig, type RecordedTool } from './recorded-tools.ts'
import { createFailure, createReply, invalidArguments, validateOutput } from './tool-results.ts'
import { parse } from './tool-schemas.ts'

/** The last argument that the SDK calls a handler with. */
type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>

/** Runs a tool as the SDK does: validates the arguments, calls the handler, validates the result. */
export async function runTool(
  fast: FastServer,
  tool: RecordedTool,
  request: JSONRPCRequest,
  given: unknown,
  call: RunningCall,
): Promise<JSONRPCResponse> {
  const { name, handle, callback } = tool
  fast.calls.push(call)
  try {
    const { inputSchema, outputSchema } = describeConfig(tool)
    const args: unknown[] = []
    if (inputSchema) {
      const parsed = await parse(inputSchema, given)
      if ('error' in parsed) throw invalidArguments(name, parsed.error)
      args.push(parsed.data)
    }
    const extra = createExtra(request, call, fast.wake)
    const execute = fast.replacedStep('executeToolHandler')
    // It is called without a receiver, so that the record of the tool is not the handler's `this`.
    const result = await (execute
      ? execute.executeToolHandler(handle, args[0], extra)
      : callback(...args, extra))
    const validate = fast.replacedStep('validateToolOutput')
    if (validate) await validate.validateToolOutput(handle, result, name)
    else if (outputSchema) await validateOutput(name, outputSchema, result)
    return isTextResult(result) ? { jsonrpc: '2.0', id: call.id, result } : createReply(call.id, result)
  } catch (error) {
    const replaced = fast.replacedStep('createToolError')
    return createFailure(call.id, error, replaced && ((message) => replaced.createToolError(message)))
  } finally {
    const last = fast.calls.pop() as typeof call
    if (last !== call) fast.calls[fast.calls.indexOf(call)] = last
  }
}

/** Whether a result is valid and has only text. Most results are, and validating them by a schema would only copy them. */
function isTextResult(result: unknown): result is CallToolResult {
  if (!isObject(result) || Object.keys(result).length !== 1 || !Array.isArray(result.content)) return false
  for (const block of result.content) {
    if (!isObject(block) || Object.keys(block).length !== 2) return false
    if (block.type !== 'text' || typeof block.text !== 'string') return false
  }
  return true
}

/** Creates the last argument of a handler. */
function createExtra({ id, params }: JSONRPCRequest, call: RunningCall, wake: FastServer['wake']): Extra {
  const relatedRequestId = id
  const { messageExtra } = call
  const extra: Extra = {
    signal: LAZY as never,
    sessionId: undefined,
    _meta: params?._meta,
    sendNotification: (notification) =>
      handled(
        (async () => {
          if (!call.isAborted) await wake().notification(notification, { relatedRequestId })
        })(),
      ),
    sendRequest: (request, schema, options) =>
      watched(request.method, async () => {
        if (call.isAborted) throw new McpError(ErrorCode.ConnectionClosed, 'Request was cancelled')
        return wake().request(request, schema, { ...options, relatedRequestId })
      }),
    authInfo: messageExtra?.authInfo,
    requestId: id,
    requestInfo: LAZY as never,
    taskId: undefined,
    taskStore: undefined,
    taskRequestedTtl: undefined,
    closeSSEStream: messageExtra?.closeSSEStream,
    closeStandaloneSSEStream: messageExtra?.closeStandaloneSSEStream,
  }
  return new Proxy(extra, call)
}

const LAZY = Symbol('lazy')

/**
 * A call that a tool is answering. It is the proxy handler of the last argument of the tool's handler, and creates
 * `signal` and `requestInfo` when they are first read, since few handlers read them. Getters would do the same, but V8
 * gives each object with getters its own shape, which outlives many garbage collections.
 */
export class RunningCall implements ProxyHandler<Extra> {
  readonly id: RequestId
  readonly messageExtra: MessageExtraInfo | undefined
  isAborted = false
  #controller: AbortController | undefined

  constructor(id: RequestId, messageExtra: MessageExtraInfo | undefined) {
    this.id = id
    this.messageExtra = messageExtra
  }

  abort(): void {
    this.isAborted = true
    this.#controller?.abort()
  }

  get(extra: Extra, key: string | symbol): unknown {
    this.#create(extra, key)
    const value = extra[key as keyof Extra]
    return value === undefined && !(key in extra) ? this.#readAddedMember(key) : value
  }

  getOwnPropertyDescriptor(extra: Extra, key: string | symbol): PropertyDescriptor | undefined {
    this.#create(extra, key)
    return Reflect.getOwnPropertyDescriptor(extra, key)
  }

  defineProperty(extra: Extra, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    this.#create(extra, key)
    return Reflect.defineProperty(extra, key, descriptor)
  }

  preventExtensions(extra: Extra): boolean {
    for (const key of Object.keys(extra)) this.#create(extra, key)
    return Reflect.preventExtensions(extra)
  }

  #create(extra: Extra, key: string | symbol): void {
    if ((extra[key as keyof Extra] as unknown) !== LAZY) return
    if (key === 'signal') extra.signal = this.#signal
    else extra.requestInfo = this.messageExtra?.requestInfo as never
  }

  #readAddedMember(key: string | symbol): unknown {
    const members = findAddedMembers({ requestId: this.id, requestInfo: this.messageExtra?.requestInfo })
    return members?.[key]?.get?.()
  }

  get #signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.isAborted) this.#controller.abort()
    return this.#controller.signal
  }
}
