import type { JSONRPCErrorResponse, JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import { invalidParams, toRefusal } from '../http/errors.ts'
import { errorMessage } from '../protocol/json-rpc.ts'
import { ClientRequestSchema } from '../protocol/sdk.ts'

const INTERNAL = -32603

/** The part of a handler that {@link sanitizeError} uses. */
export interface Masking {
  readonly settings: { readonly maskErrors: boolean }
  report(error: unknown): void
}

/**
 * Returns the error of a handler for its client. An unexpected error (-32603, but not an `McpError`, which its message
 * shows) is reported, and masked if `maskErrors` is set. Params that the SDK could not parse become -32602, since they
 * are the client's mistake.
 */
export function sanitizeError(
  response: JSONRPCErrorResponse,
  request: JSONRPCRequest | undefined,
  { settings, report }: Masking,
): JSONRPCErrorResponse {
  const { code, message } = response.error
  if (code !== INTERNAL || message.startsWith(`MCP error ${INTERNAL}:`)) return response
  if (request && !isParsable(request.method, request.params)) {
    return errorMessage(response.id, invalidParams('Invalid params'))
  }
  const error = new Error(`${request?.method} failed: ${message}`)
  report(error)
  return settings.maskErrors ? errorMessage(response.id, toRefusal(error)) : response
}

/** Whether the SDK can parse the params of a method that it knows. */
export function isParsable(method: string, params: Record<string, unknown> | undefined): boolean {
  if (method === 'resources/read' && !URL.canParse(String(params?.uri))) return false
  const known = ClientRequestSchema.options.find(({ shape }) => shape.method.value === method)
  return !known || known.safeParse({ method, params }).success
}
