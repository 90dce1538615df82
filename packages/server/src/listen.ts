import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { withOptionErrors } from './http-server-error.ts'
import type { Settings } from './read-options.ts'

const ATTEMPTS = 20
/** How often Node looks for requests that take too long to arrive, unless they may take less. */
const MAX_CHECK_INTERVAL_MS = 30_000
const LAST_PORT = 65_535

/** Creates a server and lets it listen. If the port is taken, the next free one is used (20 attempts in all). */
export async function listen(settings: Settings): Promise<Server> {
  const { port, host, logger } = settings
  const server = createListener(settings)
  const last = port === 0 ? 0 : Math.min(port + ATTEMPTS - 1, LAST_PORT)
  for (let tried = port; ; tried++) {
    try {
      server.listen(tried, host)
      await once(server, 'listening')
      return server
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tried === last) throw error
      logger.warn({ port: tried, next: tried + 1 }, `Port ${tried} is taken, trying ${tried + 1}`)
    }
  }
}

/** Creates a server with limits for idle connections and for requests that arrive slowly. */
function createListener({ tls, keepAliveTimeoutMs, receiveTimeoutMs }: Settings): Server {
  const connectionsCheckingInterval = Math.min(receiveTimeoutMs, MAX_CHECK_INTERVAL_MS)
  const server = tls
    ? withOptionErrors('tls', () => createTlsServer({ ...tls, connectionsCheckingInterval }))
    : createServer({ connectionsCheckingInterval })
  server.keepAliveTimeout = keepAliveTimeoutMs
  // Node bounds a whole request by the longer of `headersTimeout` and `requestTimeout`
  server.headersTimeout = Math.min(keepAliveTimeoutMs + 1000, receiveTimeoutMs)
  server.requestTimeout = receiveTimeoutMs
  return server
}

/** Returns the origin of a listening server on this machine. */
export function buildOrigin(server: Server, { host, tls }: Settings): string {
  const { port } = server.address() as AddressInfo
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http${tls ? 's' : ''}://${name.includes(':') ? `[${name}]` : name}:${port}`
}
