import {
  ClientRequestSchema,
  type JSONRPCErrorResponse,
  type JSONRPCRequest,
} from '@modelcontextprotocol/sdk/types.js'
import type { ErrorObject } from './json-rpc.ts'

const INTERNAL = -32603
const INVALID_PARAMS = -32602

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
  const invalid = request && invalidParams(request)
  if (!invalid) report(new Error(`${request?.method ?? 'A request'} failed: ${message}`))
  return { ...response, error: invalid ?? { code: INTERNAL, message: 'Internal error' } }
}

function invalidParams({ method, params }: JSONRPCRequest): ErrorObject | undefined {
  const parsed = ClientRequestSchema.safeParse({ method, params })
  const unreadable = KNOWN_METHODS.has(method) && !parsed.success
  const noUri = method === 'resources/read' && !URL.canParse(String(params?.uri))
  return unreadable || noUri ? { code: INVALID_PARAMS, message: `Invalid params for ${method}` } : undefined
}

const KNOWN_METHODS: ReadonlySet<string> = new Set(
  ClientRequestSchema.options.map(({ shape }) => shape.method.value),
)
