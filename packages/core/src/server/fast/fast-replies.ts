import type {
  InitializeRequest,
  InitializeResult,
  JSONRPCRequest,
  JSONRPCResponse,
  MessageExtraInfo,
  RequestId,
  Result,
  ServerCapabilities,
} from '@modelcontextprotocol/sdk/types.js'
import { isPlainMeta } from '../../protocol/envelope.ts'
import {
  CallToolRequestSchema,
  InitializeRequestSchema,
  ListToolsRequestSchema,
  mergeCapabilities,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '../../protocol/sdk.ts'
import type { MaybePromise } from '../../utils/type-guards.ts'
import { isObject } from '../../utils/type-guards.ts'
import type { FastServer } from './fast-server.ts'
import { describeConfig } from './recorded-tools.ts'
import { RunningCall, runTool } from './run-tool.ts'
import { describeTool } from './tool-schemas.ts'

const LISTS = ['tools', 'prompts', 'resources'] as const

/** Replies to a request; undefined if the SDK has to answer it. */
export function replyTo(
  fast: FastServer,
  request: JSONRPCRequest,
  extra?: MessageExtraInfo,
): MaybePromise<JSONRPCResponse | undefined> {
  const { id, method, params } = request
  if (method === 'initialize') return createResponse(id, answerInitialize(fast, params, extra))
  if (!fast.canAnswerFor(fast.self) || fast.tools.size === 0) return undefined
  if (method === 'tools/call') return callTool(fast, request, extra)
  return method === 'tools/list' && ListToolsRequestSchema.safeParse(request).success
    ? createResponse(id, listTools(fast))
    : undefined
}

const createResponse = (id: RequestId, result: Result | undefined): JSONRPCResponse | undefined =>
  result && { jsonrpc: '2.0', id, result }

/** Creates the result of `initialize`; undefined if the SDK has to answer it. */
export function answerInitialize(
  fast: FastServer,
  given: unknown,
  extra?: MessageExtraInfo,
): InitializeResult | undefined {
  if (!fast.canAnswerFor(fast.self)) return undefined
  const params = isPlainIntroduction(given)
    ? given
    : InitializeRequestSchema.safeParse({ method: 'initialize', params: given }).data?.params
  if (!params) return undefined
  fast.introduction = { params, extra }
  const { instructions } = fast.options
  const isSupported = SUPPORTED_PROTOCOL_VERSIONS.includes(params.protocolVersion)
  return {
    protocolVersion: isSupported ? params.protocolVersion : (SUPPORTED_PROTOCOL_VERSIONS[0] as string),
    capabilities: declareCapabilities(fast),
    serverInfo: fast.info,
    ...(instructions && { instructions }),
  }
}

// The usual forms of messages are recognised without a schema of zod, which takes longer and copies the message.

/** Whether the params of `initialize` are valid, and the client declares no capabilities. */
function isPlainIntroduction(params: unknown): params is InitializeRequest['params'] {
  if (!isObject(params) || Object.keys(params).length !== 3) return false
  const { protocolVersion, capabilities, clientInfo } = params
  if (typeof protocolVersion !== 'string' || !isObject(capabilities) || !isObject(clientInfo)) return false
  if (Object.keys(capabilities).length > 0 || Object.keys(clientInfo).length !== 2) return false
  return typeof clientInfo.name === 'string' && typeof clientInfo.version === 'string'
}

/** Whether the params of `tools/call` are valid, and do not ask for a task. */
const isPlainCall = (params: Record<string, unknown> = {}): boolean =>
  typeof params.name === 'string' &&
  params.task === undefined &&
  (params.arguments === undefined ||
    // zod drops a member named `__proto__`, so such arguments are left to zod.
    (isObject(params.arguments) && !Object.hasOwn(params.arguments, '__proto__'))) &&
  isPlainMeta(params._meta)

function declareCapabilities({ options, tools, declared }: FastServer): ServerCapabilities {
  const { capabilities } = options
  const hasTools = tools.size > 0
  if (!capabilities) return { ...(hasTools && { tools: { listChanged: true } }), ...declared }
  const changing = LISTS.filter((list) => capabilities[list] || (list === 'tools' && hasTools))
  const added = Object.fromEntries(changing.map((list) => [list, { listChanged: true }]))
  return mergeCapabilities(capabilities, { ...added, ...declared })
}

function listTools({ tools }: FastServer): Result {
  return { tools: [...tools.values()].map((tool) => describeTool(tool.name, describeConfig(tool))) }
}

function callTool(
  fast: FastServer,
  request: JSONRPCRequest,
  extra: MessageExtraInfo | undefined,
): Promise<JSONRPCResponse> | undefined {
  const { params } = request
  const valid = isPlainCall(params) ? params : CallToolRequestSchema.safeParse(request).data?.params
  const tool = valid && !params?.task && fast.tools.get(valid.name as string)
  return tool
    ? runTool(fast, tool, request, valid.arguments ?? {}, new RunningCall(request.id, extra))
    : undefined
}
