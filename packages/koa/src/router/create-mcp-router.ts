import { AsyncLocalStorage } from 'node:async_hooks'
import Router from '@koa/router'
import {
  createMcpHandler,
  type FetchHandler,
  InMemoryServerEventBus,
  type McpHttpHandler,
  type McpServerFactory,
  type McpServerLike,
} from '@portico-mcp/core'
import { sessions as servedBySessions } from '@portico-mcp/sessions'
import { sharedServer } from '@portico-mcp/shared-server'
import { withApi } from '@portico-mcp/tools'
import type { Context, Middleware } from 'koa'
import { toKoaHandler } from '../bridge.ts'
import { createProtectedResourceMetadataMiddleware, METADATA_PATH, resourceUrlOf } from './metadata.ts'
import { gated } from './router-auth.ts'
import { checkRouterOptions, type McpRouterOptions } from './router-options.ts'

/** A Koa router with an MCP endpoint. */
export interface McpRouter extends Router {
  /** What serves the endpoint: announce changes with `notify`, and `close` it when the app stops. */
  mcp: McpHttpHandler
}

/**
 * A Koa router that serves MCP, 2026-07-28 and 2025-era clients. A body parser may stand in front of it.
 * It checks neither `Host` nor `Origin`: `createMcpKoaApp` and its middleware do.
 *
 * @param serverOrFactory - A server that all clients share (see `sharedServer` of `@portico-mcp/shared-server`), or
 *   a function that builds one for each request, which knows its caller.
 * @param options - See {@link McpRouterOptions}.
 * @throws TypeError for `auth` without a verifier, for `sessions` beside `sessionIdGenerator`, and for what `withAuth` and `withApi` do not take;
 *   RangeError for an option of the handler that is out of its range.
 *
 * @example
 * ```ts
 * import { McpServer } from '@portico-mcp/core'
 * import { createMcpRouter } from '@portico-mcp/koa/router'
 * import Koa from 'koa'
 *
 * const server = new McpServer({ name: 'dice', version: '1.0.0' })
 * server.registerTool('roll', { description: 'Rolls a die' }, () => {
 *   const eyes = 1 + Math.floor(Math.random() * 6)
 *   return { content: [{ type: 'text', text: String(eyes) }] }
 * })
 *
 * const app = new Koa()
 * app.use(createMcpRouter(server).routes())
 * ```
 */
export function createMcpRouter(
  serverOrFactory: McpServerLike | McpServerFactory,
  options: McpRouterOptions = {},
): McpRouter {
  checkRouterOptions(options)
  const {
    path = '/mcp',
    aliases = [],
    apiBaseUrl,
    getApiHeaders,
    getApiQuery,
    headerOrigins,
    auth,
    ...rest
  } = options
  const { sessionIdGenerator, sessions, ...handling } = rest
  if (sessions && sessionIdGenerator) {
    throw new TypeError(
      'createMcpRouter: sessionIdGenerator must be an option of sessions() where sessions is given',
    )
  }
  const legacy = sessions ?? (sessionIdGenerator && servedBySessions({ sessionIdGenerator }))
  const bus = handling.bus ?? new InMemoryServerEventBus(handling.onerror)
  const factory =
    typeof serverOrFactory === 'function' ? serverOrFactory : sharedServer(serverOrFactory, { bus })
  const mcp = createMcpHandler(factory, { ...handling, bus, ...(legacy && { legacy }) })

  const contexts = new AsyncLocalStorage<Context>()
  const inFrontOfApi = behindApi(mcp, contexts, {
    apiBaseUrl,
    getApiHeaders,
    getApiQuery,
    headerOrigins,
    onerror: handling.onerror,
  })
  const served = auth ? gated(inFrontOfApi, path, auth, legacy !== undefined) : inFrontOfApi
  const serve = toKoaHandler(served, { onerror: handling.onerror })
  const endpoint: Middleware = (ctx, next) => contexts.run(ctx as Context, () => serve(ctx, next))

  const router = new Router()
  if (auth?.resourceServerUrl && auth.authorizationServerUrl) {
    const metadata = createProtectedResourceMetadataMiddleware({
      resource: resourceUrlOf(auth.resourceServerUrl, path),
      authorizationServers: [auth.authorizationServerUrl],
    })
    for (const location of metadataPaths(path)) router.all(location, metadata)
  }
  for (const one of new Set([path, ...aliases])) router.all(one, endpoint)
  return Object.assign(router, { mcp })
}

function behindApi<H extends FetchHandler>(
  handler: H,
  contexts: AsyncLocalStorage<Context>,
  options: Pick<
    McpRouterOptions,
    'apiBaseUrl' | 'getApiHeaders' | 'getApiQuery' | 'headerOrigins' | 'onerror'
  >,
): FetchHandler {
  const { apiBaseUrl, getApiHeaders, getApiQuery, headerOrigins, onerror } = options
  if (apiBaseUrl === undefined && headerOrigins === undefined && !getApiHeaders && !getApiQuery)
    return handler
  const context = (): Context => contexts.getStore() as Context
  return withApi(handler, {
    ...(apiBaseUrl !== undefined && { apiBaseUrl }),
    ...(headerOrigins !== undefined && { headerOrigins }),
    ...(getApiHeaders && { getApiHeaders: async () => getApiHeaders(context()) }),
    ...(getApiQuery && { getApiQuery: async () => getApiQuery(context()) }),
    ...(onerror && { onerror }),
  })
}

const metadataPaths = (path: string): string[] => [
  METADATA_PATH,
  ...(path === '/' ? [] : [METADATA_PATH + path]),
  '/.well-known/oauth-authorization-server',
]
