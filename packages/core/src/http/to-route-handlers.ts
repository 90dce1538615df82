import type { FetchHandler } from './fetch-handler.ts'

/** The exports of a route in the App Router of Next.js. */
export type RouteHandlers = Record<
  'GET' | 'POST' | 'DELETE' | 'OPTIONS' | 'PUT' | 'PATCH',
  (request: Request) => Promise<Response>
>

/**
 * Creates the exports of a route in the App Router of Next.js, and in routers with the same convention. They take the
 * request alone, as the type check of `next build` asks: the second argument of a route is a context, not options.
 *
 * Export the methods of MCP: `GET`, `POST`, `DELETE` and `OPTIONS`. Next.js answers others itself, by 405 without `Allow`,
 * which RFC 9110 (section 15.5.6) requires; export `PUT` and `PATCH` too, and the handler answers them.
 *
 * @param handler - A handler, or a wrapper of one.
 *
 * @example
 * ```ts
 * // app/mcp/route.ts
 * import { createMcpHandler, McpServer, toRouteHandlers } from '@portico-mcp/core'
 *
 * const handler = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))
 *
 * export const { GET, POST, DELETE, OPTIONS } = toRouteHandlers(handler)
 * ```
 */
export function toRouteHandlers(handler: FetchHandler): RouteHandlers {
  const serve = async (request: Request): Promise<Response> => handler.fetch(request)
  return { GET: serve, POST: serve, DELETE: serve, OPTIONS: serve, PUT: serve, PATCH: serve }
}
