import type { HTTPServerInput } from './input.ts'
import type { HTTPServerOptions } from './options.ts'
import { serveSource } from './serve-source.ts'
import type { HTTPServer } from './start-server.ts'

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
  return serveSource({ input }, options)
}
