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
import { type ApiHeaders, checkApi, runWithApi } from './api-context.ts'
import type { ApiQuery } from './api-url.ts'

/** Options of {@link withApi}. */
export interface WithApiOptions {
  /** Where relative paths of `apiCall` are: an absolute URL without query. @defaultValue none */
  apiBaseUrl?: string | undefined
  /**
   * The headers of every `apiCall` of a request, such as the caller's own `Authorization`; asked once a
   * request. What is undefined or empty is left out. @defaultValue none
   */
  getApiHeaders?: ((request: Request) => ApiHeaders | Promise<ApiHeaders>) | undefined
  /**
   * Query parameters of every `apiCall` of a request, such as an API key; asked once a request, and sent to
   * the same origins as the headers. Those that a URL has itself win. @defaultValue none
   */
  getApiQuery?: ((request: Request) => ApiQuery | Promise<ApiQuery>) | undefined
  /**
   * Origins besides that of `apiBaseUrl` that may see these headers and parameters, such as
   * `https://files.example.com`. @defaultValue none
   */
  headerOrigins?: readonly string[] | undefined
  /** Called with what `getApiHeaders` or `getApiQuery` threw. @defaultValue none */
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
 * Puts an API behind the tools of a handler: `apiCall` beneath it takes paths, and carries headers of the MCP
 * request. When the client goes away, or the request fails (timeout), its calls end. A `getApiHeaders` that
 * throws is answered 500 (`-32603`); a `Refusal` that it throws, as that refusal. One that can reach no call,
 * since there is neither `apiBaseUrl` nor `headerOrigins`, is warned about on the console.
 *
 * On Workers, set the compatibility flag `nodejs_als`.
 *
 * @param handler - A Portico handler, or anything that wraps one; its other members are kept.
 * @param options - See {@link WithApiOptions}.
 * @throws TypeError for an `apiBaseUrl` or an origin that is none.
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
  checkApi(api)
  warnOfNoReach(options)
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
    const over = new AbortController()
    const signal = AbortSignal.any([request.signal, over.signal])
    const response = await runWithApi({ ...api, headers, query, signal }, () => handler.fetch(request, given))
    // whatever still runs has nobody to answer
    if (!response.ok) over.abort(new Error(`The request was answered ${response.status}`))
    return response
  }

  return wrap(handler, answer)
}

/** Headers go to origins that are named: without one, they would be left out of every call without a word. */
function warnOfNoReach({ apiBaseUrl, headerOrigins = [], getApiHeaders, getApiQuery }: WithApiOptions): void {
  const name = getApiHeaders ? 'getApiHeaders' : 'getApiQuery'
  if (!(getApiHeaders ?? getApiQuery) || apiBaseUrl !== undefined || headerOrigins.length > 0) return
  console.warn(`withApi: ${name} reaches no apiCall without apiBaseUrl or headerOrigins`)
}
