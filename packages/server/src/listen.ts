import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { reading } from './http-server-error.ts'
import type { Settings } from './read-options.ts'

const ATTEMPTS = 20
const LAST_PORT = 65_535

/** A server that listens: on the port that was asked for, or one of the next where that is taken. */
export async function listen({ port, host, tls, logger }: Settings): Promise<Server> {
  const server = tls ? reading('tls', () => createTlsServer(tls)) : createServer()
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

/** The origin that a server is found at on this machine. */
export function originOf(server: Server, { host, tls }: Settings): string {
  const { port } = server.address() as AddressInfo
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http${tls ? 's' : ''}://${name.includes(':') ? `[${name}]` : name}:${port}`
}
