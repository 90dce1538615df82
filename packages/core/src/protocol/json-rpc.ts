import type {
  JSONRPCErrorResponse,
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  RequestId,
} from '@modelcontextprotocol/sdk/types.js'
import { isObject } from '../utils/type-guards.ts'

/** A JSON-RPC error object. */
export type ErrorObject = JSONRPCErrorResponse['error']

/** Whether a value is an id: a string or an integer. A larger integer than 2^53 - 1 could not be echoed exactly. */
export const isRequestId = (value: unknown): value is RequestId =>
  typeof value === 'string' || Number.isSafeInteger(value)

export const isRequest = (message: JSONRPCMessage): message is JSONRPCRequest =>
  'method' in message && 'id' in message

export const isNotification = (message: JSONRPCMessage): message is JSONRPCNotification =>
  'method' in message && !('id' in message)

export const isResponse = (message: JSONRPCMessage): message is JSONRPCResponse => !('method' in message)

/** Reads the id to echo in a refusal; undefined if the body has no valid one. */
export const readId = (body: unknown): RequestId | undefined =>
  isObject(body) && 'method' in body && isRequestId(body.id) ? body.id : undefined

/** Creates an error response. `id` and `data` may be undefined, and are left out of the JSON then. */
export const errorMessage = (
  id: RequestId | undefined,
  { code, message, data }: ErrorObject,
): JSONRPCErrorResponse => ({ jsonrpc: '2.0', id, error: { code, message, data } })
