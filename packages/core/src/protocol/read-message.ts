import type { JSONRPCMessage, JSONRPCNotification, JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import { invalidRequest, Refusal } from '../http/errors.ts'
import {
  isJSONRPCErrorResponse,
  isJSONRPCResultResponse,
  RELATED_TASK_META_KEY,
  RequestSchema,
} from '../server/sdk.ts'
import { isObject, isRequestId } from './json-rpc.ts'

/** Reads one JSON-RPC 2.0 message; see {@link readCall}. */
export const readMessage = (value: unknown): JSONRPCMessage =>
  isObject(value) && !('method' in value) && (isJSONRPCResultResponse(value) || isJSONRPCErrorResponse(value))
    ? value
    : readCall(value)

/** Whether a `_meta` carries nothing that would have to be looked at, as most do not. */
export const isPlainMeta = (meta: unknown): boolean =>
  meta === undefined || (isObject(meta) && !('progressToken' in meta) && !(RELATED_TASK_META_KEY in meta))

/**
 * Reads one request or notification, and drops what is not part of it. What passes here is known to be
 * understood by the SDK, which silently ignores anything else.
 */
export function readCall(value: unknown): JSONRPCRequest | JSONRPCNotification {
  const { jsonrpc, id, method, params = {} } = isObject(value) ? value : {}
  if (jsonrpc !== '2.0' || typeof method !== 'string' || !isObject(params)) {
    throw invalidRequest('Not a JSON-RPC 2.0 request')
  }
  if (id !== undefined && !isRequestId(id)) throw invalidRequest('id must be a string or an integer')
  if (!isPlainMeta(params._meta) && !RequestSchema.safeParse({ method, params }).success) {
    throw new Refusal('invalid-envelope', '_meta is malformed')
  }
  // the SDK would queue its reply for that task, where nobody takes it
  const kept =
    isObject(params._meta) && RELATED_TASK_META_KEY in params._meta
      ? { ...params, _meta: { ...params._meta, [RELATED_TASK_META_KEY]: undefined } }
      : params
  return id === undefined ? { jsonrpc, method, params: kept } : { jsonrpc, id, method, params: kept }
}
