import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { generate } from 'selfsigned'

const open = new Set<Server>()

/** What answers, made when the origin is known. */
export type Mount = (origin: string) => RequestListener | Promise<RequestListener>

/** Listens on a free port of loopback. */
export const listen = (mount: Mount): Promise<string> => listenAt(createServer(), 'http://127.0.0.1', mount)

/** Listens with TLS, under a name that the browser of the tests finds here. */
export async function listenSecurely(mount: Mount): Promise<string> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'mcp.example' }])
  return listenAt(createSecureServer({ key, cert }), 'https://mcp.example', mount)
}

async function listenAt(server: Server, site: string, mount: Mount): Promise<string> {
  open.add(server)
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  const origin = `${site}:${(server.address() as AddressInfo).port}`
  server.on('request', await mount(origin))
  return origin
}

/** Closes every server that listens. */
export function closeServers(): void {
  for (const server of open) {
    server.close()
    server.closeAllConnections()
  }
  open.clear()
}
