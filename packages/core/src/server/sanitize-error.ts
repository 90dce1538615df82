import type { JSONRPCErrorResponse, JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import { invalidParams, toRefusal } from '../http/errors.ts'
import { errorMessage } from '../protocol/json-rpc.ts'
import { ClientRequestSchema } from '../protocol/sdk.ts'

const INTERNAL = -32603

/** What {@link sanitizeError} needs of a handler. */
export interface Masking {
  readonly settings: { readonly maskErrors: boolean }
  report(error: unknown): void
}

/**
 * The error of a handler as its client gets it. What was thrown by accident (-32603, but no `McpError`, whose
 * message says so) is reported, and masked with `maskErrors`. Params that the SDK could not parse are the
 * client's mistake, and are named as such.
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
