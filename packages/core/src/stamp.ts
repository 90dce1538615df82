import type {
  JSONRPCErrorResponse,
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResultResponse,
} from '@modelcontextprotocol/sdk/types.js'
import { type Envelope, LOG_LEVELS, SERVER_INFO_KEY } from './envelope.ts'
import type { Host } from './host.ts'
import type { Introduction } from './introduce.ts'
import { errorMessage, isNotification, isObject } from './json-rpc.ts'
import { maskError } from './mask.ts'
import { type CacheableMethod, isCacheScope, isTtl } from './options.ts'
import { REMOVED_NOTIFICATIONS } from './versions.ts'

/** Puts a reply into its wire form; undefined for one that must not be sent. */
export type Stamp = (reply: JSONRPCMessage) => JSONRPCMessage | undefined

/** The 2026-07-28 form of what a 1.x server replies to a request. */
export function stamp(
  host: Host,
  request: JSONRPCRequest,
  envelope: Envelope,
  { serverInfo }: Introduction,
): Stamp {
  const admitProgress = increasingProgress(envelope.progressToken)
  return (reply) => {
    if (isNotification(reply)) return admitNotification(reply, envelope, admitProgress) ? reply : undefined
    if ('error' in reply) return stampError(maskError(reply, request, host.report), request)
    return (
      unknownTool(reply as JSONRPCResultResponse, request) ??
      stampResult(host, reply as JSONRPCResultResponse, request, serverInfo)
    )
  }
}

function admitNotification(
  { method, params }: JSONRPCNotification,
  { logLevel }: Envelope,
  admitProgress: (params: unknown) => boolean,
): boolean {
  if (method === 'notifications/progress') return admitProgress(params)
  if (method === 'notifications/message') return isAtLeast(params?.level, logLevel)
  return !REMOVED_NOTIFICATIONS.has(method)
}

function isAtLeast(level: unknown, least: Envelope['logLevel']): boolean {
  if (least === undefined) return false
  return (LOG_LEVELS as readonly unknown[]).indexOf(level) >= LOG_LEVELS.indexOf(least)
}

function increasingProgress(token: Envelope['progressToken']): (params: unknown) => boolean {
  let last = Number.NEGATIVE_INFINITY
  return (params) => {
    const { progressToken, progress } = params as { progressToken?: unknown; progress?: unknown }
    if (token === undefined || progressToken !== token || typeof progress !== 'number' || progress <= last)
      return false
    last = progress
    return true
  }
}

function stampResult(
  host: Host,
  reply: JSONRPCResultResponse,
  { method }: JSONRPCRequest,
  serverInfo: Introduction['serverInfo'],
): JSONRPCMessage {
  const { _meta, ...result } = reply.result as Record<string, unknown>
  const resultType = typeof result.resultType === 'string' ? result.resultType : 'complete'
  const caching = resultType === 'complete' && isCacheable(method) ? cachingOf(host, method, result) : {}
  if (method === 'tools/list') result.tools = withoutExecution(result.tools)
  return {
    ...reply,
    result: {
      resultType,
      ...result,
      ...caching,
      _meta: { ...(isObject(_meta) ? _meta : {}), [SERVER_INFO_KEY]: serverInfo },
    },
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

function isCacheable(method: string): method is CacheableMethod {
  return CACHEABLE.has(method)
}

function cachingOf({ settings }: Host, method: CacheableMethod, result: Record<string, unknown>): object {
  const hint = settings.cacheHints[method]
  return {
    ttlMs: isTtl(result.ttlMs) ? result.ttlMs : (hint?.ttlMs ?? 0),
    cacheScope: isCacheScope(result.cacheScope) ? result.cacheScope : (hint?.cacheScope ?? 'private'),
  }
}

// `execution` belongs to the tasks of 2025-11-25
function withoutExecution(tools: unknown): unknown {
  if (!Array.isArray(tools)) return tools
  return tools.map(({ execution: _, ...tool }) => tool)
}

// the SDK reports a tool that it does not have as a tool that failed
function unknownTool(
  { id, result }: JSONRPCResultResponse,
  { method, params }: JSONRPCRequest,
): JSONRPCMessage | undefined {
  if (method !== 'tools/call' || result.isError !== true) return undefined
  const [content] = Array.isArray(result.content) ? result.content : []
  const name = String(params?.name)
  return ['not found', 'disabled'].some((why) => content?.text === `MCP error -32602: Tool ${name} ${why}`)
    ? errorMessage(id, { code: -32602, message: `Unknown tool: ${name}` })
    : undefined
}

const OWN_CODES: readonly number[] = [-32020, -32021, -32022]

// 2026-07-28 retires -32002, and the rest of the band that the SDK draws from
function stampError(reply: JSONRPCErrorResponse, { method, params }: JSONRPCRequest): JSONRPCMessage {
  const { code, message, data } = reply.error
  if (method === 'resources/read' && (code === -32002 || code === -32602)) {
    return errorMessage(reply.id, { code: -32602, message, data: data ?? { uri: params?.uri } })
  }
  const isRetired = code <= -32000 && code >= -32099 && !OWN_CODES.includes(code)
  return errorMessage(reply.id, { code: isRetired ? -32603 : code, message, data })
}
