import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ServerNotifier } from '@portico-mcp/core'
import { reporter } from '@portico-mcp/core/internal'
import { createAuthentication } from './authentication.ts'
import { composeHandler } from './compose.ts'
import { createEndpoint } from './endpoint.ts'
import type { HTTPServerInput } from './input.ts'
import { buildOrigin, listen } from './listen.ts'
import { errorLog } from './logger.ts'
import { createMetrics } from './metrics.ts'
import type { HTTPServerOptions } from './options.ts'
import type { ServerState } from './probes.ts'
import { readOptions, type Settings } from './read-options.ts'
import { requestListener } from './request-listener.ts'
import { RequestTracker } from './request-tracker.ts'
import { stopOnSignals } from './signals.ts'
import { createStop } from './stop.ts'

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
  /**
   * Stops the server gracefully: accepts no more connections, ends streams that wait for changes, waits up to
   * `drainTimeoutMs` for calls in flight, and then ends them. Resolves once no connection is open. Sessions in a store
   * stay there.
   */
  close(): Promise<void>
}

/**
 * Serves an MCP server over HTTP to 2026-07-28 and 2025-era clients: `POST /mcp`, with sessions also `GET /mcp` and
 * `DELETE /mcp`, `GET /health` and `GET /ready`, and with `auth` the OAuth metadata. By default it listens on this
 * machine only and accepts its own hostnames and web pages only.
 *
 * @param input - What to serve: `{ name, version, setup }`, a function that builds a server for each request or
 *   session, or a handler. One server is built before it listens, unless `auth` is set.
 * @param options - See {@link HTTPServerOptions}. They override those in `input`.
 * @returns The server, once it listens.
 * @throws HTTPServerError if an option is unknown or invalid (see its `code`); what the factory throws; the error of
 *   `listen`, such as EADDRINUSE if 20 ports in a row are taken. Nothing listens then.
 *
 * @example
 * ```ts
 * import { createHTTPServer } from '@portico-mcp/server'
 *
 * const { url, dashboardUrl, close } = await createHTTPServer({
 *   name: 'clock',
 *   version: '1.0.0',
 *   setup(server) {
 *     server.registerTool('now', { description: 'Tells the time' }, async () => ({
 *       content: [{ type: 'text', text: new Date().toISOString() }],
 *     }))
 *   },
 * })
 * console.log(`Clients connect to ${url}`)
 * console.log(`Open ${dashboardUrl} in a browser`)
 *
 * await close()
 * ```
 */
export async function createHTTPServer(
  input: HTTPServerInput,
  options: HTTPServerOptions = {},
): Promise<HTTPServer> {
  const settings = readOptions(input, options)
  const onerror = createReporter(settings)
  const tracker = new RequestTracker(input, settings)
  const endpoint = await createEndpoint(input, settings, tracker, onerror)
  const { telemetry } = settings
  const metrics = typeof telemetry === 'object' ? await createMetrics(telemetry.metrics ?? false) : undefined

  // rejects invalid options of auth before a port is taken
  if (settings.auth) createAuthentication(endpoint, settings.auth, settings, PLACEHOLDER, () => {})
  const state: ServerState = { draining: false }
  const listener = await listen(settings)
  const origin = buildOrigin(listener, settings)
  const listensAt = new URL(settings.paths[0], origin)
  const handler = closeOnError(listener, () =>
    composeHandler({ settings, endpoint, state, metrics, tracker, listensAt, onerror }),
  )
  listener.on('request', requestListener(handler, settings, state, tracker, onerror))
  const stop = createStop(listener, {
    ...settings,
    state,
    close: handler.close,
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
