import type {
  JSONRPCErrorResponse,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  Result,
} from '@modelcontextprotocol/sdk/types.js'
import { invalidParams, METHOD_NOT_FOUND } from '../http/errors.ts'
import { type CacheableMethod, type CacheHint, isCacheScope, isTtl } from '../protocol/cache-hints.ts'
import { type Envelope, LOG_LEVELS, SERVER_INFO_KEY } from '../protocol/envelope.ts'
import { errorMessage, isNotification } from '../protocol/json-rpc.ts'
import { isRemovedNotification } from '../protocol/versions.ts'
import type { Answerer, Introduction } from '../server/answerer.ts'
import type { HandlerContext } from '../server/handler-context.ts'
import type { ToWire } from '../server/respond.ts'
import { sanitizeError } from '../server/sanitize-error.ts'

/** A request, and its answerer. */
interface Answered {
  request: JSONRPCRequest
  introduction: Introduction
  answerer: Pick<Answerer, 'lacksMethod' | 'speaksModern'>
}

/** Creates the function that converts replies to their 2026-07-28 form, and drops notifications that were not requested. */
export function createToWire(handler: HandlerContext, answered: Answered, envelope: Envelope): ToWire {
  const admits = notificationFilter(envelope)
  return (reply) => {
    if (!isNotification(reply)) return responseToWire(handler, answered, reply as JSONRPCResponse)
    return admits(reply) ? reply : undefined
  }
}

/** Converts the response to a request to its 2026-07-28 form. */
export function responseToWire(
  handler: HandlerContext,
  { request, introduction, answerer }: Answered,
  response: JSONRPCResponse,
): JSONRPCResponse {
  if ('error' in response) {
    return errorToWire(sanitizeError(response, request, handler), request, answerer)
  }
  const { jsonrpc, id, result } = response
  if (result.isError === true && isUnknownTool(result, request)) {
    return errorMessage(id, invalidParams('Unknown tool'))
  }
  const hint = handler.settings.cacheHints[request.method as CacheableMethod]
  // A server that speaks 2026-07-28 sets the cache hint of each result itself.
  const own = answerer.speaksModern ? withoutDefaults(result) : result
  return { jsonrpc, id, result: resultToWire(own, request, hint, introduction.serverInfo) }
}

/** Sends progress only if it was requested and increases, and logs only from the requested level. */
function notificationFilter({
  progressToken,
  logLevel,
}: Envelope): (notification: JSONRPCNotification) => boolean {
  const least = logLevel ? LOG_LEVELS.indexOf(logLevel) : LOG_LEVELS.length
  let last = Number.NEGATIVE_INFINITY
  return ({ method, params }) => {
    if (method === 'notifications/message') return LOG_LEVELS.indexOf(params?.level) >= least
    if (method !== 'notifications/progress') return !isRemovedNotification(method)
    const progress = params?.progress as number
    if (progressToken === undefined || params?.progressToken !== progressToken || !(progress > last))
      return false
    last = progress
    return true
  }
}

const CACHEABLE: ReadonlySet<string> = new Set<CacheableMethod>([
  'server/discover',
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
])

const UNCACHEABLE: Result = { ttlMs: 0, cacheScope: 'private' }

function resultToWire(
  result: Result,
  { method, params }: JSONRPCRequest,
  hint: CacheHint = {},
  serverInfo: Introduction['serverInfo'],
): Result {
  const { resultType = 'complete' } = result
  const wire: Result = { resultType, ...result }
  if (CACHEABLE.has(method) && resultType === 'complete') {
    // A result that was created from a client's answers is for this caller and this moment, so it is not cached.
    const { ttlMs, cacheScope } = params?.inputResponses || params?.requestState ? UNCACHEABLE : result
    wire.ttlMs = isTtl(ttlMs) ? ttlMs : (hint.ttlMs ?? 0)
    wire.cacheScope = isCacheScope(cacheScope) ? cacheScope : (hint.cacheScope ?? 'private')
  }
  if (method === 'tools/list') wire.tools = withoutExecution(result.tools)
  const meta: Result['_meta'] = { ...result._meta }
  // It is not in the literal, since a computed key makes creating the object slow.
  meta[SERVER_INFO_KEY] = serverInfo
  wire._meta = meta
  return wire
}

/** Returns a result of a 2.x server without the cache hint that stands for no hint. */
function withoutDefaults(result: Result): Result {
  const { ttlMs, cacheScope, ...rest } = result
  return ttlMs === UNCACHEABLE.ttlMs && cacheScope === UNCACHEABLE.cacheScope ? rest : result
}

// `execution` of a tool belongs to the tasks of 2025-11-25.
const withoutExecution = (tools: unknown): unknown =>
  Array.isArray(tools) ? tools.map((tool) => ({ ...tool, execution: undefined })) : tools

// The SDK answers a call of an unknown tool with a result that has `isError`.
function isUnknownTool({ isError, content }: Result, { method, params }: JSONRPCRequest): boolean {
  if (method !== 'tools/call' || isError !== true || !Array.isArray(content)) return false
  const report = `MCP error -32602: Tool ${params?.name} `
  return [`${report}not found`, `${report}disabled`].includes(content[0]?.text)
}

// 2026-07-28 retires -32002 and the other codes of the range that the SDK uses.
function errorToWire(
  { id, error }: JSONRPCErrorResponse,
  { method, params }: JSONRPCRequest,
  answerer: Answered['answerer'],
): JSONRPCErrorResponse {
  const { code, message, data } = error
  // Handlers give this answer for an unknown tool or prompt.
  if (
    code === METHOD_NOT_FOUND &&
    /^(?:tools\/call|prompts\/get)$/.test(method) &&
    !answerer.lacksMethod(true)
  ) {
    return errorMessage(id, { code: -32602, message, data })
  }
  if (method === 'resources/read' && (code === -32002 || code === -32602)) {
    return errorMessage(id, { code: -32602, message, data: data ?? { uri: params?.uri } })
  }
  const isDefined = code <= -32020 && code >= -32022
  const isRetired = code <= -32000 && code >= -32099 && !isDefined
  return errorMessage(id, { code: isRetired ? -32603 : code, message, data })
}
