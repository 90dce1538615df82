import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMcpHandler, type FetchHandler } from '@portico-mcp/core'
import { withDashboard } from '@portico-mcp/dashboard'
import { withGuard } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'
import { type SessionsServing, sessions } from '@portico-mcp/sessions'
import { stdioServer } from '@portico-mcp/stdio'
import { createRemoteHandler, endpointOf } from './remote-handler.ts'

/** The server to inspect: a URL with headers for each request, or a command that speaks stdio. */
export type InspectorTarget =
  | { url: string | URL; headers?: Readonly<Record<string, string>> | undefined }
  | { command: string; args?: readonly string[] | undefined }

/** Options of `startInspector`. */
export interface InspectorOptions {
  /** The server to inspect. */
  target: InspectorTarget
  /** The port of the page, on 127.0.0.1. @defaultValue any free port */
  port?: number | undefined
}

/**
 * Serves the dashboard for any MCP server, on this machine only.
 *
 * @returns The URL of the page, with the secret that opens it, and a function that ends the page and the server's
 *   processes.
 * @throws TypeError if the URL is not an http or https URL. Rejects if the port is taken.
 */
export async function startInspector({
  target,
  port = 0,
}: InspectorOptions): Promise<{ url: string; close: () => Promise<void> }> {
  const { handler, path, legacy } = openTarget(target)
  const shown = withDashboard(handler, {
    path,
    sessions: legacy,
    audits: () => import('@portico-mcp/audits'),
  })
  const server = createServer(toNodeHandler(withGuard(shown)))
  await listen(server, port)
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: shown.dashboardUrl(origin) ?? origin,
    close: async () => {
      server.close()
      server.closeAllConnections()
      await shown.close?.()
    },
  }
}

interface Opened {
  handler: FetchHandler & { close: () => Promise<void> }
  path: string
  legacy?: SessionsServing
}

function openTarget(target: InspectorTarget): Opened {
  if ('url' in target) {
    const url = new URL(target.url)
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw new TypeError(`startInspector: target.url must be an http or https URL (got "${url.protocol}")`)
    }
    return { handler: createRemoteHandler(url, target.headers ?? {}), path: endpointOf(url) }
  }
  const legacy = sessions()
  const { command, args = [] } = target
  const handler = createMcpHandler(() => stdioServer({ command, args: [...args] }), { legacy })
  return { handler, path: '/mcp', legacy }
}

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
