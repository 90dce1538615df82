import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { reading } from './http-server-error.ts'
import type { Settings } from './read-options.ts'

const ATTEMPTS = 20
/** How often Node looks for requests that take too long to arrive, unless they may take less. */
const MAX_CHECK_INTERVAL_MS = 30_000
const LAST_PORT = 65_535

/** A server that listens: on the port that was asked for, or one of the next where that is taken. */
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

/** A server with its limits for connections that wait, and for requests that do not arrive. */
function createListener({ tls, keepAliveTimeoutMs, receiveTimeoutMs }: Settings): Server {
  const connectionsCheckingInterval = Math.min(receiveTimeoutMs, MAX_CHECK_INTERVAL_MS)
  const server = tls
    ? reading('tls', () => createTlsServer({ ...tls, connectionsCheckingInterval }))
    : createServer({ connectionsCheckingInterval })
  server.keepAliveTimeout = keepAliveTimeoutMs
  // Node takes the longer of the two for a whole request, whichever is which
  server.headersTimeout = Math.min(keepAliveTimeoutMs + 1000, receiveTimeoutMs)
  server.requestTimeout = receiveTimeoutMs
  return server
}

/** The origin that a server is found at on this machine. */
export function originOf(server: Server, { host, tls }: Settings): string {
  const { port } = server.address() as AddressInfo
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http${tls ? 's' : ''}://${name.includes(':') ? `[${name}]` : name}:${port}`
}
