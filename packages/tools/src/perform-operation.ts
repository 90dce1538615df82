import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { contentOf } from './answer-content.ts'
import { type ApiCallOptions, sendCall } from './api-call.ts'
import { currentApiContext } from './api-context.ts'
import { ApiError } from './api-error.ts'
import type { ReadOperation } from './openapi-operations.ts'
import { requestOf } from './openapi-request.ts'
import { withScheme } from './openapi-servers.ts'

/** An API key, or what gives it; asked once a call. */
export type ApiKey = string | (() => string | undefined | Promise<string | undefined>)

/** How operations are called. */
export interface PerformOptions extends Omit<ApiCallOptions, 'body' | 'query' | 'signal'> {
  baseUrl: string | undefined
  apiKeys: Readonly<Record<string, ApiKey>>
}

/** Calls an operation with a tool's arguments. */
export async function performOperation(
  { operation, call }: ReadOperation,
  { apiKeys, baseUrl, ...options }: PerformOptions,
  args: Record<string, unknown>,
): Promise<CallToolResult> {
  const server = { isSent: sentBy(options), keys: await valuesOf(apiKeys, call.keys) }
  const { url, headers, body } = requestOf(operation.path, call, args, server)
  const base = baseUrl ?? (call.server && withScheme(call.server, currentApiContext().apiBaseUrl))
  const sent = {
    ...options,
    ...(base !== undefined && { baseUrl: base }),
    body,
    headers: { ...options.headers, ...headers },
  }
  try {
    const answer = await sendCall(operation.method, url, sent)
    return contentOf(answer, operation.method, `api://${url.split('?', 1)[0]}`)
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'status') throw error
    return failure(error)
  }
}

const LONGEST_BODY = 4000

function failure({ status, message, body }: ApiError): CallToolResult {
  const shown =
    body instanceof Uint8Array ? message : typeof body === 'string' ? body : JSON.stringify(body ?? '')
  return {
    isError: true,
    content: [{ type: 'text', text: `HTTP ${status}: ${shown.slice(0, LONGEST_BODY)}` }],
  }
}

/** The headers that no argument may speak for, those that are left out for this caller too. */
function sentBy({ headers }: Pick<ApiCallOptions, 'headers'>): (header: string) => boolean {
  const names = [headers, currentApiContext().headers].flatMap((some) => Object.keys(some ?? {}))
  const sent = new Set(names.map((name) => name.toLowerCase()))
  return (header) => sent.has(header.toLowerCase())
}

async function valuesOf(
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
