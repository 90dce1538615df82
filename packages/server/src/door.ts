import type { FetchHandler } from '@portico-mcp/core'
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
import { addDashboard } from './dashboard.ts'
import { openGate } from './gate.ts'
import { reading } from './http-server-error.ts'
import type { MetricsResponder } from './metrics.ts'
import type { HTTPServerOptions } from './options.ts'
import { openProbes, type Responder, readOnly, type ServerState } from './probes.ts'
import type { Settings } from './read-options.ts'
import type { Served } from './serve-input.ts'

/** What stands behind the door. */
export interface House {
  settings: Settings
  served: Served
  state: ServerState
  metrics: MetricsResponder | undefined
  /** Where the endpoint is found on this machine. */
  listensAt: URL
  onerror: (error: Error) => void
}

/** Everything that is served, and all that stands in front of it. */
export interface Door extends FetchHandler {
  /** Where a browser finds the dashboard; undefined where it is off. */
  dashboardUrl: string | undefined
  close(options: { drainTimeoutMs?: number }): Promise<void>
}

/** @throws HTTPServerError for an option that a part does not take. */
export function openDoor(house: House): Door {
  const { settings, served, state, onerror } = house
  const limited = limit(served, settings, onerror)
  const gate = settings.auth && openGate(limited, settings.auth, settings, house.listensAt, onerror)
  const probes = openProbes(state, served)
  const routes = openRoutes(house, gate?.endpoint ?? limited, probes, gate)
  const shown = settings.dashboard ? addDashboard(routes, settings, served.sessions, onerror) : undefined
  const readable = reading('cors', () => readableBy(shown ?? routes, settings.cors))
  const { fetch } = reading(undefined, () => withGuard(readable, { ...guardOptions(settings), onerror }))
  const observed = observe(
    {
      fetch,
      close: async (options) => {
        await shown?.close()
        await served.close(options)
      },
    },
    settings.telemetry,
  )

  const isEndpoint = (pathname: string): boolean => settings.paths.includes(pathname)
  return {
    dashboardUrl: shown?.dashboardUrl(house.listensAt.origin),
    close: observed.close,
    fetch: (request, options) => {
      const pathname = pathOf(request)
      const probe = settings.isLocal ? undefined : probes[pathname]
      // an orchestrator calls a machine by its address
      if (probe) return readOnly(probe)(request)
      return (isEndpoint(pathname) ? observed.fetch : fetch)(request, options)
    },
  }
}

function openRoutes(
  { settings, metrics }: House,
  endpoint: FetchHandler,
  probes: Record<string, Responder>,
  gate: ReturnType<typeof openGate> | undefined,
): FetchHandler {
  const pages: Record<string, Responder> = { ...probes, ...(metrics && { '/metrics': metrics }) }
  const { oauthServer } = gate ?? {}
  return {
    async fetch(request, options) {
      const pathname = pathOf(request)
      if (settings.paths.includes(pathname)) return endpoint.fetch(request, options)
      const page = Object.hasOwn(pages, pathname) && pages[pathname]
      if (page) return readOnly(page)(request)
      if (oauthServer?.owns(request)) return oauthServer.fetch(request, options)
      return (await gate?.documents(request)) ?? notFound(settings.paths[0])
    },
  }
}

const notFound = (path: string): Response =>
  Response.json({ error: 'not_found', error_description: `MCP is served at ${path}` }, { status: 404 })

const pathOf = ({ url }: Request): string => new URL(url).pathname.replace(/(?<=.)\/$/, '')

function limit(served: FetchHandler, { rateLimit }: Settings, onerror: (error: Error) => void): FetchHandler {
  if (!rateLimit) return served
  return reading('rateLimit', () =>
    withRateLimit(served, { ...(rateLimit === true ? {} : rateLimit), onerror }),
  )
}

function readableBy(handler: FetchHandler, option: HTTPServerOptions['cors']): FetchHandler {
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
  return {
    allowedHosts,
    allowedOrigins: settings.allowedOrigins ?? callersOf(settings),
    ...(publicUrl && { publicUrl }),
    ...(trustProxy !== undefined && { trustProxy }),
  }
}

const anyHost = [() => true]

/** The pages that may call: those of this machine, and those that may read the answers. */
function callersOf({ cors: option, auth, logger }: Settings): NonNullable<GuardOptions['allowedOrigins']> {
  const { origin = '*' } = option === true || !option ? {} : option
  if (!option) return localhostAllowedOrigins()
  if (origin !== '*') return [...localhostAllowedOrigins(), ...([origin].flat() as string[])]
  if (!auth) logger.warn({}, 'Every page may call: name those that are yours in cors.origin')
  return () => true
}

type Observed = Omit<Door, 'dashboardUrl'>

function observe(handler: Observed, option: HTTPServerOptions['telemetry'] = true): Observed {
  if (!option) return handler
  const { metrics: _, ...options } = option === true ? {} : option
  return reading('telemetry', () => withTelemetry(handler, options)) as Observed
}
