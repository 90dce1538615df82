import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

const open = new Set<Server>()

/** Listens on a free port of loopback. */
export async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  open.add(server)
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Closes every server that listens. */
export function closeServers(): void {
  for (const server of open) {
    server.close()
    server.closeAllConnections()
  }
  open.clear()
}
