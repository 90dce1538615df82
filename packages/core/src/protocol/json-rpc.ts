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

/** Ids are strings or integers; an integer past the safe range could not be echoed. */
export const isRequestId = (value: unknown): value is RequestId =>
  typeof value === 'string' || Number.isSafeInteger(value)

export const isRequest = (message: JSONRPCMessage): message is JSONRPCRequest =>
  'method' in message && 'id' in message

export const isNotification = (message: JSONRPCMessage): message is JSONRPCNotification =>
  'method' in message && !('id' in message)

export const isResponse = (message: JSONRPCMessage): message is JSONRPCResponse => !('method' in message)

/** The id to echo in a refusal, if the body has one that can be read. */
export const readId = (body: unknown): RequestId | undefined =>
  isObject(body) && 'method' in body && isRequestId(body.id) ? body.id : undefined

/** An error answer; JSON leaves out an id that could not be read, and data that there is none of. */
export const errorMessage = (
  id: RequestId | undefined,
  { code, message, data }: ErrorObject,
): JSONRPCErrorResponse => ({ jsonrpc: '2.0', id, error: { code, message, data } })
