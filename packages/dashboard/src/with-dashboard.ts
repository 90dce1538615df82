import {
  errorResponse,
  type FetchHandler,
  type McpHandlerRequestOptions,
  Refusal,
  type Wrapped,
} from '@portico-mcp/core'
import { readPath, wrap } from '@portico-mcp/core/internal'
import { AccessKey } from './access-key.ts'
import { admit, refuseOtherPage } from './admit.ts'
import { notFound, refusal } from './answers.ts'
import { answerPage } from './api.ts'
import { Feeds } from './feeds.ts'
import { type DashboardOptions, readOptions, type Settings } from './options.ts'
import { assetOf, showPage } from './page.ts'
import { isBelowPrefix, isEndpoint, isMetadata, placeOf } from './place.ts'
import { recordExchange, recordHead } from './record.ts'
import { Traffic } from './traffic.ts'

/** A handler with a dashboard in front, and the address of the dashboard. */
export type DashboardHandler<H extends FetchHandler> = Wrapped<H> & {
  /**
   * The address of the page, with the secret that opens it. Show it only to people who may see the traffic, and keep
   * it out of logs that others read.
   *
   * @param origin - Where this handler is served, such as `http://127.0.0.1:3001`; with a path, if a proxy or a
   * framework takes one away in front.
   * @returns Without a secret where `authorize` decides; undefined where the dashboard is off.
   */
  dashboardUrl: (origin: string | URL) => string | undefined
}

/**
 * Shows the developer of a server what it has and what it does: a page at `/`, and at the endpoint for browsers,
 * to call tools, get prompts, read resources, answer what a tool asks, and watch the traffic and the sessions.
 * Everything else passes on as it came. What is for the endpoint is recorded on the way: the latest requests and
 * responses, without tokens, cookies, session ids and members named like a secret, in memory alone.
 *
 * Only who opens its address with the secret in it (`dashboardUrl`) sees it, on this machine: a loopback `Host` and
 * client address. Everywhere else `authorize` has to decide; without it, and with `NODE_ENV=production`, the dashboard
 * is off. Strangers get from `/` and the endpoint what the handler answers there, and 404 from everything below
 * `prefix`. The API of the page is for the page alone (`Sec-Fetch-Site`, `Origin`, a header of its own); the page loads
 * nothing from elsewhere and cannot be framed.
 *
 * @param handler - A Portico handler, or anything with its fetch shape; its other members stay. What checks
 * tokens and serves their metadata stands behind, a guard in front.
 * @param options - See {@link DashboardOptions}.
 * @throws TypeError for a path or host that could never match, or a foreign host without `authorize`;
 * RangeError for a limit that is none.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { withDashboard } from '@portico-mcp/dashboard'
 * import { withGuard } from '@portico-mcp/guard'
 * import { toNodeHandler } from '@portico-mcp/node'
 *
 * const handler = createMcpHandler(() => new McpServer({ name: 'in the making', version: '0.1.0' }))
 * const shown = withDashboard(handler)
 *
 * createServer(toNodeHandler(withGuard(shown))).listen(3001, '127.0.0.1', () => {
 *   console.log(`Open ${shown.dashboardUrl('http://127.0.0.1:3001')} in a browser`)
 * })
 * ```
 */
export function withDashboard<H extends FetchHandler>(
  handler: H,
  options: DashboardOptions = {},
): DashboardHandler<H> {
  const settings = readOptions(options)
  const key = new AccessKey(settings.key)
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

  function passOn(
    request: Request,
    path: string,
    given: McpHandlerRequestOptions,
  ): Response | Promise<Response> {
    if (isEndpoint(path, settings)) return recordExchange(handler, traffic, { request, path }, given)
    if (isMetadata(path)) return recordHead(handler, traffic, { request, path }, given)
    return handler.fetch(request, given)
  }

  async function answerVisitor(
    place: 'page' | 'own',
    request: Request,
    path: string,
    given: McpHandlerRequestOptions,
  ): Promise<Response> {
    const admission = await orFailure(settings, () => admit(request, place, given, { settings, key }))
    if (admission instanceof Response) return admission
    if (admission === 'admitted') {
      return place === 'page'
        ? showPage(handler, request, given, settings)
        : orFailure(settings, () => serveOwn(request, path, given))
    }
    return isBelowPrefix(path, settings)
      ? orFailure(settings, async () => settings.notFound(request, given))
      : passOn(request, path, given)
  }

  const wrapped = wrap(handler, (request, given) => {
    if (settings.isOff) return handler.fetch(request, given)
    const path = readPath(request)
    const place = placeOf(request, path, settings)
    return place === 'behind' ? passOn(request, path, given) : answerVisitor(place, request, path, given)
  })
  return {
    ...wrapped,
    ...closing(handler, feeds),
    dashboardUrl: (origin) => addressOf(origin, settings, key),
  }
}

/** Does what may call a function of the user's: where that throws, the request is answered all the same. */
async function orFailure<T>({ report }: Settings, work: () => Promise<T>): Promise<T | Response> {
  try {
    return await work()
  } catch (thrown) {
    report(thrown)
    if (thrown instanceof Refusal) return errorResponse(thrown)
    return refusal(500, 'internal', 'The dashboard cannot answer')
  }
}

function addressOf(origin: string | URL, settings: Settings, key: AccessKey): string | undefined {
  if (settings.isOff) return undefined
  const base = new URL(origin)
  const url = new URL(`${base.pathname.replace(/\/$/, '')}${settings.prefix}/`, base)
  if (!settings.authorize) url.searchParams.set('key', key.text)
  return url.href
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
