import type {
  JSONRPCErrorResponse,
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResultResponse,
  Result,
} from '@modelcontextprotocol/sdk/types.js'
import { invalidParams, METHOD_NOT_FOUND } from '../http/errors.ts'
import { type CacheableMethod, type CacheHint, isCacheScope, isTtl } from '../options.ts'
import { type Envelope, LOG_LEVELS, SERVER_INFO_KEY } from '../protocol/envelope.ts'
import { errorMessage, isNotification } from '../protocol/json-rpc.ts'
import { isRemovedNotification } from '../protocol/versions.ts'
import type { Host } from '../server/handler-context.ts'
import type { Introduction } from '../server/introduce.ts'
import { maskError } from '../server/sanitize-error.ts'

/** Puts a reply into its wire form; undefined for one that must not be sent. */
export type Stamp = (reply: JSONRPCMessage) => JSONRPCMessage | undefined

/**
 * The 2026-07-28 form of what a server replies to a request.
 *
 * @param lacksMethod - Whether the server turned out to have no handler for the method.
 * @param isModern - Whether the server speaks 2026-07-28: then it says how long each result may be cached, and
 *   what it says where it has no hint counts as nothing said.
 */
export function stamp(
  host: Host,
  request: JSONRPCRequest,
  envelope: Envelope,
  { serverInfo }: Introduction,
  lacksMethod: () => boolean,
  isModern = false,
): Stamp {
  const hint = host.settings.cacheHints[request.method as CacheableMethod]
  const admits = notificationFilter(envelope)
  return (reply) => {
    if (isNotification(reply)) return admits(reply) ? reply : undefined
    if ('error' in reply) return stampError(maskError(reply, request, host), request, lacksMethod)
    const { jsonrpc, id, result } = reply as JSONRPCResultResponse
    if (isUnknownTool(result, request)) return errorMessage(id, invalidParams('Unknown tool'))
    return {
      jsonrpc,
      id,
      result: stampResult(isModern ? withoutDefaults(result) : result, request, hint, serverInfo),
    }
  }
}

/** Progress goes up, and only where it was asked for; logs, only from the level that was asked for. */
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

function stampResult(
  result: Result,
  { method, params }: JSONRPCRequest,
  hint: CacheHint = {},
  serverInfo: Introduction['serverInfo'],
): Result {
  const { resultType = 'complete' } = result
  const stamped: Result = { resultType, ...result }
  if (CACHEABLE.has(method) && resultType === 'complete') {
    // what was made of answers is for its caller, now
    const { ttlMs, cacheScope } = params?.inputResponses || params?.requestState ? UNCACHEABLE : result
    stamped.ttlMs = isTtl(ttlMs) ? ttlMs : (hint.ttlMs ?? 0)
    stamped.cacheScope = isCacheScope(cacheScope) ? cacheScope : (hint.cacheScope ?? 'private')
  }
  if (method === 'tools/list') stamped.tools = withoutExecution(result.tools)
  const meta: Result['_meta'] = { ...result._meta }
  // not in the literal, where a key that is computed is slow
  meta[SERVER_INFO_KEY] = serverInfo
  stamped._meta = meta
  return stamped
}

/** A result of a 2.x server without the cache hint that means that it has none. */
function withoutDefaults(result: Result): Result {
  const { ttlMs, cacheScope, ...rest } = result
  return ttlMs === UNCACHEABLE.ttlMs && cacheScope === UNCACHEABLE.cacheScope ? rest : result
}

// `execution` belongs to the tasks of 2025-11-25
const withoutExecution = (tools: unknown): unknown =>
  Array.isArray(tools) ? tools.map((tool) => ({ ...tool, execution: undefined })) : tools

// the SDK reports a tool that it does not have as a tool that failed
function isUnknownTool({ isError, content }: Result, { method, params }: JSONRPCRequest): boolean {
  if (method !== 'tools/call' || isError !== true || !Array.isArray(content)) return false
  const report = `MCP error -32602: Tool ${params?.name} `
  return [`${report}not found`, `${report}disabled`].includes(content[0]?.text)
}

// 2026-07-28 retires -32002, and the rest of the band that the SDK draws from
function stampError(
  { id, error }: JSONRPCErrorResponse,
  { method, params }: JSONRPCRequest,
  lacksMethod: () => boolean,
): JSONRPCMessage {
  const { code, message, data } = error
  // many a handler says so of a tool or a prompt that it does not have
  if (code === METHOD_NOT_FOUND && /^(?:tools\/call|prompts\/get)$/.test(method) && !lacksMethod()) {
    return errorMessage(id, { code: -32602, message, data })
  }
  if (method === 'resources/read' && (code === -32002 || code === -32602)) {
    return errorMessage(id, { code: -32602, message, data: data ?? { uri: params?.uri } })
  }
  const isDefined = code <= -32020 && code >= -32022
  const isRetired = code <= -32000 && code >= -32099 && !isDefined
  return errorMessage(id, { code: isRetired ? -32603 : code, message, data })
}
