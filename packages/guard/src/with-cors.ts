import type { FetchHandler, Wrapped } from '@portico-mcp/core'
import { errorResponse, Refusal } from '@portico-mcp/core'
import {
  type CheckResult,
  optionRules,
  type Rule,
  type Rules,
  validateOptions,
  wrap,
} from '@portico-mcp/core/internal'
import * as rules from './option-rules.ts'
import { type AllowedOrigins, originCheck, parseOrigin } from './origin.ts'
import { GuardRefusal, report } from './refusal.ts'
import { refusedBy } from './user-function.ts'

/** Options of {@link withCors}. */
export interface CorsOptions {
  /** The web pages that may read responses: `*` for any, or a list or function as in `withGuard`. */
  allowedOrigins: AllowedOrigins | '*'
  /** Whether browsers send credentials such as cookies. Not allowed with `*`. @defaultValue false */
  credentials?: boolean | undefined
  /** Request headers that pages may send, in addition to those of MCP. */
  allowedHeaders?: readonly string[] | undefined
  /** Response headers that pages may read, in addition to those of MCP. */
  exposedHeaders?: readonly string[] | undefined
  /** Seconds for which a browser may cache the response to a preflight. @defaultValue 7200 */
  maxAgeSeconds?: number | undefined
  /** Called when a function in `allowedOrigins` throws; the origin is then not allowed. @defaultValue prints it */
  onerror?: ((error: Error) => void) | undefined
}

const METHODS = 'GET, POST, DELETE'
const REQUEST_HEADERS = [
  'Content-Type',
  'Accept',
  'Authorization',
  'Mcp-Protocol-Version',
  'Mcp-Method',
  'Mcp-Name',
  'Mcp-Session-Id',
  'Last-Event-ID',
]
const RESPONSE_HEADERS = ['Mcp-Session-Id', 'Mcp-Protocol-Version', 'WWW-Authenticate', 'Retry-After']
const PARAM_HEADER = /^mcp-param-[!#$%&'*+.^_`|~\da-z-]+$/

/**
 * Wraps a handler so that web pages of allowed origins can call it and read its responses, including errors. Preflights of
 * allowed origins are answered with 204, the headers of MCP in both eras and the `Mcp-Param-*` headers that the preflight
 * requests. It rejects no request: use `withGuard` for that, with the same pages in its `allowedOrigins`.
 *
 * A `Refusal` that the handler throws, such as that of a closed handler, becomes a response. Fetch standard, CORS protocol.
 *
 * @param handler - A Portico handler, or any object with such a `fetch`. Its other members are kept.
 * @param options - See {@link CorsOptions}.
 * @throws TypeError for `credentials` with `*`, a rule that could never match, or a malformed header name.
 * @throws RangeError if `maxAgeSeconds` is not an integer of 0 or more.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { withCors, withGuard } from '@portico-mcp/guard'
 *
 * const handler = createMcpHandler(() => new McpServer({ name: 'browsed', version: '1.0.0' }))
 * const allowedOrigins = ['https://app.example.com']
 *
 * export default withGuard(withCors(handler, { allowedOrigins }), { allowedOrigins })
 * ```
 */
export function withCors<H extends FetchHandler>(handler: H, options: CorsOptions): Wrapped<H> {
  const check = corsHeaders(options)
  return wrap(handler, async (request, requestOptions) => {
    const { response: preflight, headers, vary = [] } = check(request)
    const response = preflight ?? withOwnHeaders(await fetchOrRefuse(handler, request, requestOptions))
    for (const name of vary) addToVary(response.headers, name)
    if (!headers) return response
    response.headers.delete('access-control-allow-credentials')
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value)
    return response
  })
}

const ORIGINS: Rule = {
  ...rules.allowedOrigins,
  allowed: `"*", ${rules.allowedOrigins.allowed}`,
  isAllowed: (value) => value === '*' || rules.allowedOrigins.isAllowed(value),
}

const RULES: Rules<keyof CorsOptions> = {
  allowedOrigins: ORIGINS,
  credentials: optionRules.flag,
  allowedHeaders: rules.headerNames,
  exposedHeaders: rules.headerNames,
  maxAgeSeconds: optionRules.integerFrom(0, Number.MAX_SAFE_INTEGER, 'seconds'),
  onerror: optionRules.callback,
}

/**
 * The check of {@link withCors}, for middleware of a framework, which sets the headers of a response in its own way.
 *
 * @param options - See {@link CorsOptions}.
 * @returns A function that returns the response to a preflight, the headers that every other response needs, and the
 *   names that `Vary` needs.
 * @throws TypeError or RangeError as `withCors` does.
 */
export function corsHeaders(options: CorsOptions): (request: Request) => CheckResult {
  validateOptions('withCors', options, RULES)
  const { allowedOrigins, credentials = false, maxAgeSeconds = 7200 } = options
  if (allowedOrigins === undefined) throw new TypeError(`withCors: allowedOrigins must be ${ORIGINS.allowed}`)
  if (allowsAnyOrigin(allowedOrigins) && credentials) {
    throw new TypeError(
      'withCors: credentials must be false where allowedOrigins is "*" (got true); name the origins instead',
    )
  }
  const allowedHeaders = headerList(REQUEST_HEADERS, options.allowedHeaders)
  const exposedHeaders = headerList(RESPONSE_HEADERS, options.exposedHeaders)
  const readable = createReaderCheck(allowedOrigins, options.onerror)
  const vary = allowsAnyOrigin(allowedOrigins) ? [] : ['Origin']

  return (request) => {
    const reader = readable(request)
    if (reader === undefined) return { vary }
    const granted = {
      'access-control-allow-origin': reader,
      ...(credentials && { 'access-control-allow-credentials': 'true' }),
    }
    const isPreflight = request.method === 'OPTIONS' && request.headers.has('access-control-request-method')
    return isPreflight
      ? {
          response: preflight(request, allowedHeaders, maxAgeSeconds),
          headers: granted,
          vary: ['Access-Control-Request-Headers', ...vary],
        }
      : { headers: { ...granted, 'access-control-expose-headers': exposedHeaders }, vary }
  }
}

const allowsAnyOrigin = (allowed: CorsOptions['allowedOrigins']): allowed is '*' => allowed === '*'

/** Creates a function that returns the `Access-Control-Allow-Origin` of a request, or `undefined` if it gets none. */
function createReaderCheck(
  allowed: CorsOptions['allowedOrigins'],
  onerror: CorsOptions['onerror'],
): (request: Request) => string | undefined {
  if (allowsAnyOrigin(allowed)) return () => '*'
  const isAllowed = originCheck(allowed)
  return (request) => {
    const value = request.headers.get('origin')
    const origin = value ? parseOrigin(value) : undefined
    if (value === null || origin === undefined) return undefined
    const allowed = refusedBy(() => isAllowed(origin, request))
    if (allowed instanceof GuardRefusal) report(onerror, allowed)
    return allowed === true ? value : undefined
  }
}

function preflight({ headers }: Request, allowedHeaders: string, maxAge: number): Response {
  const asked = headers.get('access-control-request-headers')?.toLowerCase().split(',') ?? []
  const params = asked.map((name) => name.trim()).filter((name) => PARAM_HEADER.test(name))
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': [allowedHeaders, ...new Set(params)].join(', '),
      'access-control-max-age': String(maxAge),
    },
  })
}

async function fetchOrRefuse(
  handler: FetchHandler,
  ...args: Parameters<FetchHandler['fetch']>
): Promise<Response> {
  try {
    return await handler.fetch(...args)
  } catch (error) {
    if (error instanceof Refusal) return errorResponse(error)
    throw error
  }
}

// The headers of a response that came from `fetch` are immutable, so they are copied.
function withOwnHeaders(response: Response): Response {
  const { body, status, statusText, headers } = response
  return new Response(body, { status, statusText, headers: new Headers(headers) })
}

function addToVary(headers: Headers, name: string): void {
  const names = (headers.get('vary') ?? '')
    .toLowerCase()
    .split(',')
    .map((known) => known.trim())
  if (!names.includes('*') && !names.includes(name.toLowerCase())) headers.append('vary', name)
}

function headerList(known: readonly string[], more: readonly string[] = []): string {
  return [...known, ...more].join(', ')
}
