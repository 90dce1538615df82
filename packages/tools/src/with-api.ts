import {
  errorResponse,
  type FetchHandler,
  type McpHandlerRequestOptions,
  type Wrapped,
} from '@portico-mcp/core'
import {
  logFailure,
  optionRules,
  type Rules,
  reporter,
  validateOptions,
  wrap,
} from '@portico-mcp/core/internal'
import { type ApiHeaders, checkApiContext, runInContext } from './api-context.ts'
import type { ApiQuery } from './api-url.ts'

/** Options of {@link withApi}. */
export interface WithApiOptions {
  /** The base URL of relative paths of `apiCall`, without query. @defaultValue none: `apiCall` needs absolute URLs */
  apiBaseUrl?: string | undefined
  /**
   * Returns the headers of every `apiCall` of a request, such as the `Authorization` of the caller. It is called once per
   * request. Headers that are undefined or empty are left out. @defaultValue none
   */
  getApiHeaders?: ((request: Request) => ApiHeaders | Promise<ApiHeaders>) | undefined
  /**
   * Returns query parameters of every `apiCall` of a request, such as an API key. It is called once per request. The
   * parameters are sent to the same origins as the headers. A parameter that the URL already has is kept.
   * @defaultValue none
   */
  getApiQuery?: ((request: Request) => ApiQuery | Promise<ApiQuery>) | undefined
  /**
   * Further origins that get these headers and parameters, besides that of `apiBaseUrl`, such as
   * `https://files.example.com`. @defaultValue none
   */
  headerOrigins?: readonly string[] | undefined
  /** Called with errors of `getApiHeaders` and `getApiQuery`. @defaultValue prints them to the console */
  onerror?: ((error: Error) => void) | undefined
}

const RULES: Rules<keyof WithApiOptions> = {
  apiBaseUrl: optionRules.text,
  getApiHeaders: optionRules.callback,
  getApiQuery: optionRules.callback,
  headerOrigins: optionRules.texts,
  onerror: optionRules.callback,
}

/**
 * Configures `apiCall` for the tools of a handler: it accepts paths, and sends headers that depend on the MCP request. If
 * the client disconnects, or the request fails (for example by a timeout), its API calls are aborted.
 *
 * If `getApiHeaders` or `getApiQuery` throws a `Refusal`, the request is answered with it; any other error is answered with
 * 500 (`-32603`). If neither `apiBaseUrl` nor `headerOrigins` is set, these functions have no effect, and a warning is
 * printed.
 *
 * On Workers, set the compatibility flag `nodejs_als`.
 *
 * @param handler - A Portico handler, or a wrapped one. Its other members are kept.
 * @param options - See {@link WithApiOptions}.
 * @throws TypeError if an option is unknown or of the wrong type, or if a URL or an origin is malformed.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { apiCall, withApi } from '@portico-mcp/tools'
 *
 * const portfolios = createMcpHandler(() => {
 *   const server = new McpServer({ name: 'portfolios', version: '1.0.0' })
 *   server.registerTool('list-portfolios', { description: 'List all portfolios' }, async ({ signal }) => {
 *     const data = await apiCall('GET', '/portfolios', { signal })
 *     return { content: [{ type: 'text', text: JSON.stringify(data) }] }
 *   })
 *   return server
 * })
 *
 * export default withApi(portfolios, {
 *   apiBaseUrl: 'https://api.example.com/v1',
 *   getApiHeaders: ({ headers }) => ({ authorization: headers.get('authorization') ?? undefined }),
 * })
 * ```
 */
export function withApi<H extends FetchHandler>(handler: H, options: WithApiOptions): Wrapped<H> {
  validateOptions('withApi', options, RULES)
  const { getApiHeaders, getApiQuery, onerror, ...api } = options
  checkApiContext('withApi', api)
  warnIfUnused(options)
  const report = reporter(onerror ?? logFailure)

  async function answer(request: Request, given: McpHandlerRequestOptions): Promise<Response> {
    let headers: ApiHeaders | undefined
    let query: ApiQuery | undefined
    try {
      headers = await getApiHeaders?.(request)
      query = await getApiQuery?.(request)
    } catch (error) {
      report(error)
      return errorResponse(error)
    }
    const failed = new AbortController()
    const signal = AbortSignal.any([request.signal, failed.signal])
    const response = await runInContext({ ...api, headers, query, signal }, () =>
      handler.fetch(request, given),
    )
    // The results of calls that still run cannot be sent any more.
    if (!response.ok) failed.abort(new Error(`The request was answered with status ${response.status}`))
    return response
  }

  return wrap(handler, answer)
}

/** Warns if headers or parameters are configured, and no origin that gets them. */
function warnIfUnused({ apiBaseUrl, headerOrigins = [], getApiHeaders, getApiQuery }: WithApiOptions): void {
  const name = getApiHeaders ? 'getApiHeaders' : 'getApiQuery'
  if (!(getApiHeaders ?? getApiQuery) || apiBaseUrl !== undefined || headerOrigins.length > 0) return
  console.warn(`withApi: ${name} reaches no apiCall without apiBaseUrl or headerOrigins`)
}
