import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ServerNotifier } from '@portico-mcp/core'
import { reporter } from '@portico-mcp/core/internal'
import { type Door, openDoor } from './door.ts'
import { openGate } from './gate.ts'
import type { HTTPServerInput } from './input.ts'
import { listen, originOf } from './listen.ts'
import { errorLog } from './logger.ts'
import { openMetrics } from './metrics.ts'
import type { HTTPServerOptions } from './options.ts'
import type { ServerState } from './probes.ts'
import { readOptions, type Settings } from './read-options.ts'
import { requestListener } from './request-listener.ts'
import { serveInput } from './serve-input.ts'
import { stopOnSignals } from './signals.ts'
import { createStop } from './stop.ts'

/** Where a server listens before it does. */
const ANYWHERE = new URL('http://127.0.0.1:3001/mcp')

/** A server that listens. */
export interface HTTPServer {
  /** The server of `node:http`, or `node:https`. */
  listener: Server
  /** The port that it listens on, which may be another than was asked for. */
  port: number
  /** The MCP endpoint, as it is found on this machine. */
  url: string
  /**
   * The address of the dashboard on this machine, to open in a browser. It holds the secret that shows the traffic
   * of all clients: print it to the developer, and not into a log. Undefined where the dashboard is off.
   */
  dashboardUrl: string | undefined
  /** Announces changes to the clients that listen. */
  notify: ServerNotifier
  /**
   * Takes no more connections, ends streams that wait for changes, lets calls in flight be answered until
   * `drainTimeoutMs`, and ends the rest; resolves once nothing is open. Sessions that are kept in a store stay there.
   */
  close(): Promise<void>
}

/**
 * Serves an MCP server over HTTP, to 2026-07-28 and 2025-era clients: `POST /mcp`, streams at `GET /mcp`
 * and `DELETE /mcp` where there are sessions, `GET /health` and `GET /ready`; with `auth`, the documents
 * that clients sign in by. On this machine alone, unless it is told otherwise, and to its own hosts and
 * pages.
 *
 * @param input - What is served: `{ name, version, setup }`, a function that builds a server for each
 * request or session, or a handler. One server is built before it listens, unless `auth` is set.
 * @param options - See {@link HTTPServerOptions}; they come before those of `input`.
 * @throws HTTPServerError for an option that is none, by its `code`; what the factory throws; the error of
 * `listen`, such as EADDRINUSE where 20 ports in a row are taken. Nothing listens then.
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
  const onerror = reporterOf(settings)
  const served = await serveInput(input, settings, onerror)
  const { telemetry } = settings
  const metrics = typeof telemetry === 'object' ? await openMetrics(telemetry.metrics ?? false) : undefined

  // what is wrong with auth is said before a port is looked for
  if (settings.auth) openGate(served, settings.auth, settings, ANYWHERE, () => {})
  const state: ServerState = { draining: false }
  const listener = await listen(settings)
  const origin = originOf(listener, settings)
  const listensAt = new URL(settings.paths[0], origin)
  const door = orClose(listener, () => openDoor({ settings, served, state, metrics, listensAt, onerror }))
  listener.on('request', requestListener(door, settings, state, onerror))
  const stop = createStop(listener, {
    ...settings,
    state,
    close: door.close,
    onerror,
  })
  const ignoreSignals = settings.signals ? stopOnSignals(stop) : undefined
  listener.once('close', () => {
    ignoreSignals?.()
    door.close({}).catch(onerror)
  })

  const { port } = listener.address() as AddressInfo
  settings.logger.info({ url: listensAt.href, mode: served.mode }, `Listening at ${listensAt.href}`)
  return {
    listener,
    port,
    url: listensAt.href,
    dashboardUrl: door.dashboardUrl,
    notify: served.notify,
    close: stop,
  }
}

function orClose(listener: Server, open: () => Door): Door {
  try {
    return open()
  } catch (error) {
    listener.close()
    throw error
  }
}

function reporterOf({ logger, logging, onerror }: Settings): (error: Error) => void {
  const log = reporter(errorLog(logger, logging))
  const tell = reporter(async (error) => {
    try {
      await onerror?.(error)
    } catch (thrown) {
      logger.error({ err: thrown }, 'onerror failed')
    }
  })
  return (error) => {
    log(error)
    tell(error)
  }
}
