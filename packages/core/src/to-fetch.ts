import type { McpHandlerRequestOptions } from './options.ts'

/**
 * The `fetch` of a handler, or of what stands in front of one, that may be called by a runtime as well: as the
 * default export of a Worker it gets the bindings second and a context third. Only what comes without a third
 * argument are request options, so a binding named `authInfo` is never taken for an identity.
 *
 * @param answer - Answers a request, with the options that came, or none.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer, toFetch } from '@portico-mcp/core'
 *
 * const handler = createMcpHandler(() => new McpServer({ name: 'timed', version: '1.0.0' }))
 *
 * export default {
 *   ...handler,
 *   fetch: toFetch(async (request, options) => {
 *     const response = await handler.fetch(request, options)
 *     response.headers.set('x-served-by', 'portico')
 *     return response
 *   }),
 * }
 * ```
 */
export const toFetch =
  <Answer>(
    answer: (request: Request, options: McpHandlerRequestOptions) => Answer,
  ): ((request: Request, options?: McpHandlerRequestOptions) => Answer) =>
  // in the type, it is called by those who pass options
  (request: Request, options?: McpHandlerRequestOptions, context?: unknown) =>
    answer(request, context === undefined ? (options ?? {}) : {})
