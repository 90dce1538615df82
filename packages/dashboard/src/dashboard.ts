import type { FetchHandler, McpHandlerRequestOptions } from '@portico-mcp/core'
import { refuseOtherPage, refuseVisitor } from './admit.ts'
import { notFound } from './answers.ts'
import { answerPage } from './api.ts'
import { Feeds } from './feeds.ts'
import { type DashboardOptions, readOptions } from './options.ts'
import { assetOf, showPage } from './page.ts'
import { isEndpoint, isMetadata, pathOf, placeOf } from './place.ts'
import { record } from './record.ts'
import { Traffic } from './traffic.ts'

/** The handler with a dashboard in front: its own members, and another `fetch`. */
export type Dashboarded<H extends FetchHandler> = Omit<H, 'fetch'> & {
  /** Answers one HTTP request. Bound: it may be detached. */
  fetch: (request: Request, options?: McpHandlerRequestOptions) => Promise<Response>
}

/**
 * Shows the developer of a server what it has and what it does: a page at `/`, and at the endpoint for browsers,
 * to call tools, get prompts, read resources, answer what a tool asks, and watch the traffic and the sessions.
 * Everything else passes on as it came. What is for the endpoint is recorded on the way: the latest requests and
 * responses, without tokens, cookies, session ids and members named like a secret, in memory alone.
 *
 * Only this machine sees it: a loopback `Host` and client address, and no proxy between. Elsewhere `authorize`
 * has to say who may. Without it, others get from `/` and the endpoint what the handler answers there, and 403
 * from everything below `prefix`. The API of the page is for the page alone (`Sec-Fetch-Site`, `Origin`, a
 * header of its own); the page loads nothing from elsewhere and cannot be framed.
 *
 * @param handler - A Portico handler, or anything with its fetch shape; its other members stay. What checks
 * tokens and serves their metadata stands behind, a guard in front.
 * @param options - See {@link DashboardOptions}.
 * @throws TypeError for a path or host that could never match, or a foreign host without `authorize`;
 * RangeError for a limit that is none.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { dashboard } from '@portico-mcp/dashboard'
 * import { guarded } from '@portico-mcp/guard'
 *
 * const handler = createMcpHandler(() => new McpServer({ name: 'in the making', version: '0.1.0' }))
 *
 * export default guarded(dashboard(handler))
 * ```
 */
export function dashboard<H extends FetchHandler>(
  handler: H,
  options: DashboardOptions = {},
): Dashboarded<H> {
  const settings = readOptions(options)
  const traffic = new Traffic(settings)
  const feeds = new Feeds(traffic, settings)

  async function serveOwn(
    request: Request,
    path: string,
    given: McpHandlerRequestOptions,
  ): Promise<Response> {
    const name = path.slice(settings.prefix.length)
    const asset = request.method === 'GET' ? assetOf(name) : undefined
    if (asset) return asset
    if (!name.startsWith('/api/')) return notFound()
    const refused = refuseOtherPage(request)
    if (refused) return refused
    return answerPage(request, name.slice('/api'.length), given, { traffic, feeds, settings })
  }

  return {
    ...handler,
    ...closing(handler, feeds),
    fetch: async (request, given = {}) => {
      const path = pathOf(request)
      const place = placeOf(request, path, settings)
      if (place !== 'behind') {
        const refused = await refuseVisitor(request, given, settings)
        const isOnlyOurs = path.startsWith(settings.prefix)
        if (refused && (isOnlyOurs || settings.authorize)) return refused
        if (!refused) {
          return place === 'page'
            ? showPage(handler, request, given, settings)
            : serveOwn(request, path, given)
        }
      }
      const withBodies = isEndpoint(path, settings)
      if (!withBodies && !isMetadata(path)) return handler.fetch(request, given)
      return record(handler, traffic, { request, path, withBodies }, given)
    },
  }
}

// a page that follows the traffic would hold the process
function closing(handler: FetchHandler & { close?: unknown }, feeds: Feeds): { close?: () => Promise<void> } {
  const { close } = handler
  if (typeof close !== 'function') return {}
  return {
    close: async () => {
      feeds.close()
      await close.call(handler)
    },
  }
}
