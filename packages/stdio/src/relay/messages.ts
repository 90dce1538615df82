import {
  type JSONRPCErrorResponse,
  type JSONRPCNotification,
  type JSONRPCRequest,
  RELATED_TASK_META_KEY,
  type RequestId,
} from '@modelcontextprotocol/sdk/types.js'
import { errorMessage } from '@portico-mcp/core/internal'

/** The JSON-RPC code of an internal error. */
const INTERNAL_ERROR = -32603

/** The methods whose handlers may ask the client. */
const ASKING_METHODS: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read'])

/** Whether the handler of a request may ask its client for input. */
export const mayAsk = ({ method }: JSONRPCRequest): boolean => ASKING_METHODS.has(method)

/** Returns a message with another progress token; undefined removes it. */
export function withProgressToken<Message extends JSONRPCRequest | JSONRPCNotification>(
  message: Message,
  progressToken: RequestId,
): Message {
  const { params } = message
  return { ...message, params: { ...params, _meta: { ...params?._meta, progressToken } } }
}

/** Returns the progress token of a request; undefined if it has none. */
export const readProgressToken = ({ params }: JSONRPCRequest): RequestId | undefined =>
  params?._meta?.progressToken

/** Creates the answer to a request that could not be served. */
export const failureOf = (id: RequestId, message: string): JSONRPCErrorResponse =>
  errorMessage(id, { code: INTERNAL_ERROR, message, data: undefined })

/** The keys of `_meta` by which a 2026-07-28 request describes its client. */
const ENVELOPE_KEYS = ['protocolVersion', 'clientCapabilities', 'clientInfo', 'logLevel'].map(
  (name) => `io.modelcontextprotocol/${name}`,
)

/** The key of `_meta` that only 2026-07-28 requests have. */
export const PROTOCOL_VERSION_KEY = 'io.modelcontextprotocol/protocolVersion'

/** Returns a request without the description of a 2026-07-28 client, which is no part of 2025-era revisions. */
export function withoutEnvelope(request: JSONRPCRequest): JSONRPCRequest {
  const { params } = request
  if (!params?._meta || !ENVELOPE_KEYS.some((key) => key in (params._meta as object))) return request
  const _meta = Object.fromEntries(
    Object.entries(params._meta).filter(([name]) => !ENVELOPE_KEYS.includes(name)),
  )
  const { _meta: _, ...rest } = params
  return { ...request, params: Object.keys(_meta).length > 0 ? { ...rest, _meta } : rest }
}

const CHANGE = /^notifications\/(?:(?:tools|prompts|resources)\/list_changed|resources\/updated)$/

/** Whether a notification announces a change, which is for every client that listens. */
export const isChange = (method: string): boolean => CHANGE.test(method)

/** Reads the id of the task that a request of the server belongs to (2025-11-25 tasks). */
export function readRelatedTask({ params }: JSONRPCRequest): string | undefined {
  const related = params?._meta?.[RELATED_TASK_META_KEY] as { taskId?: unknown } | undefined
  return typeof related?.taskId === 'string' ? related.taskId : undefined
}
