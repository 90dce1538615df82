import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

const open = new Set<Server>()

/** Listens on a free port of loopback; what answers is made when the origin is known. */
export async function listen(
  mount: (origin: string) => RequestListener | Promise<RequestListener>,
): Promise<string> {
  const server = createServer()
  open.add(server)
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
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
