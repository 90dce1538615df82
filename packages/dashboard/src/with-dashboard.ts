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
import { AuditRunner } from './audits.ts'
import { Feeds } from './feeds.ts'
import { type DashboardOptions, readOptions, type Settings } from './options.ts'
import { findAsset, showPage } from './page.ts'
import { isBelowPrefix, isEndpoint, isMetadata, placeOf } from './place.ts'
import { recordExchange, recordHead } from './record.ts'
import { showSandbox } from './sandbox.ts'
import { Traffic } from './traffic.ts'

/** A handler with a dashboard in front. */
export type DashboardHandler<H extends FetchHandler> = Wrapped<H> & {
  /**
   * Returns the URL of the page, with the secret that opens it. Show it only to people who may see the traffic, and do
   * not write it to logs that others read.
   *
   * @param origin - The origin that this handler is served at, such as `http://127.0.0.1:3001`. Include the path that a
   *   proxy or a framework in front removes.
   * @returns The URL, without a secret if there is `authorize`; undefined if the dashboard is off.
   */
  dashboardUrl: (origin: string | URL) => string | undefined
}

/**
 * Puts a page for developers in front of a handler: at `/`, and at the endpoint for browsers. It calls tools, gets
 * prompts, reads resources, answers questions of tools, and shows the traffic and the sessions. All other requests are
 * passed on. The latest requests to the endpoint and their responses are recorded, in memory only. Tokens, cookies,
 * session ids and members with the name of a secret are not shown.
 *
 * The page opens by a URL with a secret (`dashboardUrl`), on this machine only: with a loopback `Host` and client
 * address. Set `authorize` to serve it elsewhere. Without it, `NODE_ENV=production` turns the dashboard off. Requests
 * that may not see it get the handler's response at `/` and the endpoint, and 404 below `prefix`. The API accepts
 * requests of the page alone (`Sec-Fetch-Site`, `Origin` and a custom header). The page loads nothing from other origins
 * and cannot be framed.
 *
 * @param handler - A Portico handler, or anything with its fetch shape. Its other members stay. Put checks of tokens and
 *   their metadata behind the dashboard, and a guard in front.
 * @param options - See {@link DashboardOptions}.
 * @throws TypeError if an option is unknown, a path is malformed, or a host needs `authorize`.
 * @throws RangeError if a limit is out of range.
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
  const audits = new AuditRunner(handler, settings)

  async function serveOwn(
    request: Request,
    path: string,
    given: McpHandlerRequestOptions,
  ): Promise<Response> {
    const name = path.slice(settings.prefix.length)
    if (request.method === 'GET') {
      const asset = await findAsset(name)
      if (asset) return asset
      if (name === '/sandbox') return showSandbox(request)
    }
    if (!name.startsWith('/api/')) return notFound()
    const refused = refuseOtherPage(request)
    if (refused) return refused
    return answerPage(request, name.slice('/api'.length), given, {
      traffic,
      feeds,
      audits,
      settings,
    })
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
    const admission = await orErrorResponse(settings, () => admit(request, place, given, { settings, key }))
    if (admission instanceof Response) return admission
    if (admission === 'admitted') {
      return place === 'page'
        ? showPage(handler, request, given, settings)
        : orErrorResponse(settings, () => serveOwn(request, path, given))
    }
    return isBelowPrefix(path, settings)
      ? orErrorResponse(settings, async () => settings.notFound(request, given))
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
    dashboardUrl: (origin) => buildUrl(origin, settings, key),
  }
}

/** Runs code that may call a function in the options. If that throws, the request gets 500. */
async function orErrorResponse<T>({ report }: Settings, work: () => Promise<T>): Promise<T | Response> {
  try {
    return await work()
  } catch (thrown) {
    report(thrown)
    if (thrown instanceof Refusal) return errorResponse(thrown)
    return refusal(500, 'internal', 'The dashboard cannot answer')
  }
}

function buildUrl(origin: string | URL, settings: Settings, key: AccessKey): string | undefined {
  if (settings.isOff) return undefined
  const base = new URL(origin)
  const url = new URL(`${base.pathname.replace(/\/$/, '')}${settings.prefix}/`, base)
  if (!settings.authorize) url.searchParams.set('key', key.text)
  return url.href
}

// an open page would keep the process alive
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
