import type {
  JSONRPCErrorResponse,
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  RequestId,
} from '@modelcontextprotocol/sdk/types.js'

/** A JSON-RPC error object. */
export type ErrorObject = JSONRPCErrorResponse['error']

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Ids are strings or integers; an integer past the safe range could not be echoed. */
export function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'string' || Number.isSafeInteger(value)
}

export function isRequest(message: JSONRPCMessage): message is JSONRPCRequest {
  return 'method' in message && 'id' in message
}

export function isNotification(message: JSONRPCMessage): message is JSONRPCNotification {
  return 'method' in message && !('id' in message)
}

export function isResponse(message: JSONRPCMessage): message is JSONRPCResponse {
  return !('method' in message)
}

/** `params._meta`, wherever it is an object. */
export function metaOf(message: unknown): Record<string, unknown> | undefined {
  const params = isObject(message) ? message.params : undefined
  const meta = isObject(params) ? params._meta : undefined
  return isObject(meta) ? meta : undefined
}

/** The id to echo in a refusal, if the body has one that can be read. */
export function idOf(body: unknown): RequestId | undefined {
  return isObject(body) && 'method' in body && isRequestId(body.id) ? body.id : undefined
}

/** An error answer; without an id where the request's own could not be read. */
export function errorMessage(id: RequestId | undefined, error: ErrorObject): JSONRPCErrorResponse {
  const { code, message, data } = error
  const shown = data === undefined ? { code, message } : { code, message, data }
  return id === undefined ? { jsonrpc: '2.0', error: shown } : { jsonrpc: '2.0', id, error: shown }
}

/** A JSON answer that no cache keeps. */
export function jsonResponse(
  body: JSONRPCMessage | JSONRPCMessage[],
  status: number,
  headers: Record<string, string> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  })
}
