import type { FetchHandler } from '@portico-mcp/core'
import { readPath, wrap } from '@portico-mcp/core/internal'
import {
  type CorsOptions,
  type GuardOptions,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  withCors,
  withGuard,
  withRateLimit,
} from '@portico-mcp/guard'
import { withTelemetry } from '@portico-mcp/telemetry'
import { type Authentication, createAuthentication } from './authentication.ts'
import { createDashboard } from './dashboard.ts'
import type { Endpoint } from './endpoint.ts'
import { withOptionErrors } from './http-server-error.ts'
import type { MetricsResponder } from './metrics.ts'
import type { HTTPServerOptions } from './options.ts'
import { answerReads, createProbes, type Responder, type ServerState } from './probes.ts'
import type { Settings } from './read-options.ts'
import type { RequestTracker } from './request-tracker.ts'

/** What a server is composed of. */
export interface ServerParts {
  settings: Settings
  /** The MCP endpoint, with nothing in front of it. */
  endpoint: Endpoint
  state: ServerState
  metrics: MetricsResponder | undefined
  tracker: RequestTracker
  /** The URL of the endpoint on this machine. */
  listensAt: URL
  onerror: (error: Error) => void
  /** What is served at other paths. */
  pages?: Record<string, Responder> | undefined
}

/** The handler of all requests of a server. */
export interface ComposedHandler extends FetchHandler {
  /** The address of the dashboard on this machine; undefined if the dashboard is off. */
  dashboardUrl: string | undefined
  close(options: { drainTimeoutMs?: number }): Promise<void>
}

/**
 * Puts everything that the options ask for in front of the endpoint. A request passes telemetry (on the paths of the
 * endpoint), the guard, CORS, the dashboard, then routes; behind the routes stand authentication, the rate limit and the
 * endpoint.
 *
 * @throws HTTPServerError if a part rejects an option.
 */
export function composeHandler(parts: ServerParts): ComposedHandler {
  const { settings, endpoint, state, tracker, listensAt, onerror } = parts
  const limited = addRateLimit(endpoint, settings, onerror)
  const authentication =
    settings.auth && createAuthentication(limited, settings.auth, settings, listensAt, onerror)
  const probes = createProbes(state, endpoint)
  const routes = createRoutes(parts, authentication?.endpoint ?? limited, probes, authentication)
  const dashboard = settings.dashboard
    ? createDashboard(routes, settings, endpoint.sessions, onerror)
    : undefined
  const readable = withOptionErrors('cors', () => addCors(dashboard ?? routes, settings.cors))
  const { fetch } = withOptionErrors(undefined, () =>
    withGuard(readable, { ...guardOptions(settings), onerror }),
  )
  const close: ComposedHandler['close'] = async (options) => {
    await dashboard?.close()
    await endpoint.close(options)
  }
  const observed = addTelemetry({ fetch, close }, settings.telemetry)

  return {
    dashboardUrl: dashboard?.dashboardUrl(listensAt.origin),
    close: observed.close,
    fetch: (request, options = {}) => {
      // the adapter has created the options for this request
      options.observer = tracker.createObserver()
      const path = routeOf(request)
      // an orchestrator requests probes by the address of the machine, which the guard would reject
      const probe = settings.isLocal ? undefined : probes[path]
      if (probe) return answerReads(probe)(request)
      return (settings.paths.includes(path) ? observed.fetch : fetch)(request, options)
    },
  }
}

function createRoutes(
  { settings, metrics, pages: given }: ServerParts,
  endpoint: FetchHandler,
  probes: Record<string, Responder>,
  authentication: Authentication | undefined,
): FetchHandler {
  const pages: Record<string, Responder> = { ...given, ...probes, ...(metrics && { '/metrics': metrics }) }
  const oauthServer = authentication?.oauthServer
  async function serveMetadata(request: Request): Promise<Response> {
    return (await authentication?.serveMetadata(request)) ?? notFound(settings)
  }
  return wrap(endpoint, (request, options) => {
    const path = routeOf(request)
    if (settings.paths.includes(path)) return endpoint.fetch(request, options)
    const page = Object.hasOwn(pages, path) && pages[path]
    if (page) return answerReads(page)(request)
    if (oauthServer?.owns(request)) return oauthServer.fetch(request, options)
    return serveMetadata(request)
  })
}

function notFound({ paths, servesSeveral }: Settings): Response {
  const served = servesSeveral ? paths.join(', ') : paths[0]
  return Response.json(
    { error: 'not_found', error_description: `MCP is served at ${served}` },
    { status: 404 },
  )
}

/** Returns the path of a request without a slash at its end. */
function routeOf(request: Request): string {
  const path = readPath(request)
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

function addRateLimit(
  handler: FetchHandler,
  { rateLimit }: Settings,
  onerror: (error: Error) => void,
): FetchHandler {
  if (!rateLimit) return handler
  return withOptionErrors('rateLimit', () =>
    withRateLimit(handler, { ...(rateLimit === true ? {} : rateLimit), onerror }),
  )
}

function addCors(handler: FetchHandler, option: HTTPServerOptions['cors']): FetchHandler {
  if (!option) return handler
  const { origin = '*', ...rest } = option === true ? {} : option
  const allowedOrigins: CorsOptions['allowedOrigins'] = origin === '*' ? '*' : ([origin].flat() as string[])
  const exposedHeaders = ['X-Request-Id', ...(rest.exposedHeaders ?? [])]
  return withCors(handler, { maxAgeSeconds: 86_400, ...rest, exposedHeaders, allowedOrigins })
}

function guardOptions(settings: Settings): GuardOptions {
  const { publicUrl, trustProxy, logger, host, isLocal } = settings
  const allowedHosts = settings.allowedHosts ?? (isLocal || publicUrl ? localhostAllowedHostnames() : anyHost)
  if (allowedHosts === anyHost) {
    logger.warn({ host }, 'Any Host is served: name those that are yours in allowedHosts or publicUrl')
  }
  if (!isLocal && !settings.auth && !settings.allowedHosts) {
    logger.warn({ host }, 'Anyone who reaches this address may call: set auth, or allowedHosts')
  }
  const allowedOrigins = settings.allowedOrigins ?? listOrigins(settings)
  return { allowedHosts, allowedOrigins, publicUrl, trustProxy }
}

const anyHost = [() => true]

/** Returns the web pages that may send requests: those of this machine, and those that `cors` lets read responses. */
function listOrigins({ cors: option, auth, logger }: Settings): NonNullable<GuardOptions['allowedOrigins']> {
  const { origin = '*' } = option === true || !option ? {} : option
  if (!option) return localhostAllowedOrigins()
  if (origin !== '*') return [...localhostAllowedOrigins(), ...([origin].flat() as string[])]
  if (!auth) logger.warn({}, 'Every page may call: name those that are yours in cors.origin')
  return () => true
}

type Observable = Omit<ComposedHandler, 'dashboardUrl'>

function addTelemetry(handler: Observable, option: HTTPServerOptions['telemetry'] = true): Observable {
  if (!option) return handler
  const { metrics: _, ...options } = option === true ? {} : option
  return withOptionErrors('telemetry', () => withTelemetry(handler, options)) as Observable
}
