import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { type ApiCallOptions, sendCall } from './api-call.ts'
import { getApiContext } from './api-context.ts'
import { ApiError } from './api-error.ts'
import type { ReadOperation } from './openapi-operations.ts'
import { buildRequest } from './openapi-request.ts'
import { addScheme } from './openapi-servers.ts'
import { buildContent } from './response-content.ts'

/** An API key, or a function that returns it and is called once per call. */
export type ApiKey = string | (() => string | undefined | Promise<string | undefined>)

/** Options of {@link performOperation}. */
export interface PerformOptions extends Omit<ApiCallOptions, 'body' | 'query' | 'signal'> {
  baseUrl: string | undefined
  apiKeys: Readonly<Record<string, ApiKey>>
}

/** Calls an operation with the arguments of a tool. */
export async function performOperation(
  { operation, call }: ReadOperation,
  { apiKeys, baseUrl, ...options }: PerformOptions,
  args: Record<string, unknown>,
): Promise<CallToolResult> {
  const server = { isSent: createSentCheck(options), keys: await resolveApiKeys(apiKeys, call.keys) }
  const { url, headers, body } = buildRequest(operation.path, call, args, server)
  const base = baseUrl ?? (call.server && addScheme(call.server, getApiContext().apiBaseUrl))
  const sent = {
    ...options,
    ...(base !== undefined && { baseUrl: base }),
    body,
    headers: { ...options.headers, ...headers },
  }
  try {
    const response = await sendCall(operation.method, url, sent)
    return buildContent(response, operation.method, `api://${url.split('?', 1)[0]}`)
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'status') throw error
    return buildFailure(error)
  }
}

const MAX_BODY_LENGTH = 4000

function buildFailure({ status, message, body }: ApiError): CallToolResult {
  const shown =
    body instanceof Uint8Array ? message : typeof body === 'string' ? body : JSON.stringify(body ?? '')
  return {
    isError: true,
    content: [{ type: 'text', text: `HTTP ${status}: ${shown.slice(0, MAX_BODY_LENGTH)}` }],
  }
}

/** Creates a function that says whether the server sends a header, even if it is left out for this caller. */
function createSentCheck({ headers }: Pick<ApiCallOptions, 'headers'>): (header: string) => boolean {
  const names = [headers, getApiContext().headers].flatMap((some) => Object.keys(some ?? {}))
  const sent = new Set(names.map((name) => name.toLowerCase()))
  return (header) => sent.has(header.toLowerCase())
}

async function resolveApiKeys(
  given: Readonly<Record<string, ApiKey>>,
  keys: ReadOperation['call']['keys'],
): Promise<Map<string, string>> {
  const values = new Map<string, string>()
  for (const { scheme } of keys) {
    const key = Object.hasOwn(given, scheme) ? given[scheme] : undefined
    const value = typeof key === 'function' ? await key() : key
    if (value !== undefined && value !== '') values.set(scheme, value)
  }
  return values
}
