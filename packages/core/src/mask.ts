import type { JSONRPCErrorResponse, JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import { errorMessage } from './json-rpc.ts'
import { invalidParams, toRefusal } from './refusal.ts'
import { ClientRequestSchema } from './sdk.ts'

const INTERNAL = -32603

/**
 * Masks what a handler threw by accident; what it threw on purpose (an `McpError`, whose message says
 * so) stays. Params that the SDK could not parse are the client's mistake, and are named as such.
 */
export function maskError(
  response: JSONRPCErrorResponse,
  request: JSONRPCRequest | undefined,
  report: (error: unknown) => void,
): JSONRPCErrorResponse {
  const { code, message } = response.error
  if (code !== INTERNAL || message.startsWith(`MCP error ${INTERNAL}:`)) return response
  if (request && !isParsable(request.method, request.params)) {
    return errorMessage(response.id, invalidParams('Invalid params'))
  }
  const error = new Error(`${request?.method} failed: ${message}`)
  report(error)
  return errorMessage(response.id, toRefusal(error))
}

/** Whether the SDK can parse the params of a method that it knows. */
export function isParsable(method: string, params: Record<string, unknown> | undefined): boolean {
  if (method === 'resources/read' && !URL.canParse(String(params?.uri))) return false
  const known = ClientRequestSchema.options.find(({ shape }) => shape.method.value === method)
  return !known || known.safeParse({ method, params }).success
}
