import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ServerNotifier } from '@portico-mcp/core'
import { reporter } from '@portico-mcp/core/internal'
import type { Tasks } from '@portico-mcp/tasks'
import { createAuthentication } from './authentication.ts'
import { composeHandler } from './compose.ts'
import type { Endpoint } from './endpoint.ts'
import { buildOrigin, listen } from './listen.ts'
import { errorLog } from './logger.ts'
import { createMetrics } from './metrics.ts'
import type { Responder, ServerState } from './probes.ts'
import type { Settings } from './read-options.ts'
import { requestListener } from './request-listener.ts'
import type { RequestTracker } from './request-tracker.ts'
import { stopOnSignals } from './signals.ts'
import { createStop } from './stop.ts'
import { trackUnusedConnections } from './unused-connections.ts'

/** Stands for the URL of the endpoint until the server listens. */
const PLACEHOLDER = new URL('http://127.0.0.1:3001/mcp')

/** A server that listens, as `createHTTPServer` returns it. */
export interface HTTPServer {
  /** The server of `node:http`, or `node:https`. */
  listener: Server
  /** The port that it listens on. It differs from the option if that port was taken. */
  port: number
  /** The URL of the MCP endpoint on this machine. */
  url: string
  /**
   * The address of the dashboard on this machine, to open in a browser; undefined if the dashboard is off. It contains
   * the secret that shows the traffic of all clients, so print it to the developer and not into a log.
   */
  dashboardUrl: string | undefined
  /** Announces changes of tools, prompts and resources to clients. */
  notify: ServerNotifier
  /** Ends tasks from elsewhere, with the option `tasks`; undefined without. */
  tasks: Tasks | undefined
  /**
   * Stops the server gracefully: accepts no more connections, ends streams that wait for changes, waits up to
   * `drainTimeoutMs` for calls in flight, and then ends them. Resolves once no connection is open. Sessions in a store
   * stay there.
   */
  close(): Promise<void>
}

/** What a server is started with. */
export interface StartParts {
  settings: Settings
  tracker: RequestTracker
  /** Creates what is served at the paths of the settings, before the server listens. */
  createEndpoint: (onerror: (error: Error) => void) => Promise<Endpoint>
  /** What is served at other paths. @defaultValue nothing but the probes */
  pages?: Record<string, Responder>
}

/**
 * Creates an endpoint, puts everything that the settings ask for in front of it, and listens.
 *
 * @throws What creating the endpoint throws; HTTPServerError if an option is invalid; the error of `listen`. Nothing
 *   listens then.
 */
export async function startServer({
  settings,
  tracker,
  createEndpoint,
  pages,
}: StartParts): Promise<HTTPServer> {
  const onerror = createReporter(settings)
  const endpoint = await createEndpoint(onerror)
  const { telemetry } = settings
  const metrics = typeof telemetry === 'object' ? await createMetrics(telemetry.metrics ?? false) : undefined

  // rejects invalid options of auth before a port is taken
  if (settings.auth) createAuthentication(endpoint, settings.auth, settings, PLACEHOLDER, () => {})
  const state: ServerState = { draining: false }
  const listener = await listen(settings)
  const closeUnused = trackUnusedConnections(listener, settings.tls !== undefined)
  const origin = buildOrigin(listener, settings)
  const listensAt = new URL(settings.paths[0], origin)
  const handler = closeOnError(listener, () =>
    composeHandler({ settings, endpoint, state, metrics, tracker, listensAt, onerror, pages }),
  )
  listener.on('request', requestListener(handler, settings, state, tracker, onerror))
  const stop = createStop(listener, {
    ...settings,
    state,
    close: handler.close,
    closeUnused,
    onerror,
  })
  const ignoreSignals = settings.signals ? stopOnSignals(stop) : undefined
  listener.once('close', () => {
    ignoreSignals?.()
    handler.close({}).catch(onerror)
  })

  const { port } = listener.address() as AddressInfo
  settings.logger.info({ url: listensAt.href, mode: endpoint.mode }, `Listening at ${listensAt.href}`)
  return {
    listener,
    port,
    url: listensAt.href,
    dashboardUrl: handler.dashboardUrl,
    notify: endpoint.notify,
    tasks: endpoint.tasks,
    close: stop,
  }
}

/** Closes a listener if a function throws, so that nothing listens after an error. */
function closeOnError<T>(listener: Server, run: () => T): T {
  try {
    return run()
  } catch (error) {
    listener.close()
    throw error
  }
}

/** Creates what reports an error to the log and to `onerror`, whatever these throw. */
function createReporter({ logger, logging, onerror }: Settings): (error: Error) => void {
  const log = reporter(errorLog(logger, logging))
  const callOnerror = reporter(async (error) => {
    try {
      await onerror?.(error)
    } catch (thrown) {
      logger.error({ err: thrown }, 'onerror failed')
    }
  })
  return (error) => {
    log(error)
    callOnerror(error)
  }
}
