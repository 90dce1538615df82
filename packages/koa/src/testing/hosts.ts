import { Server } from 'node:net'
import { vi } from 'vitest'

/** Has hosts of the internet be servers of this machine, for `fetch`. */
export function resolveHosts(origins: Record<string, string>): void {
  const { fetch } = globalThis
  vi.stubGlobal('fetch', (url: string | URL, init?: RequestInit) => {
    const { origin, host, href } = new URL(url)
    const known = origins[host]
    return fetch(known ? href.replace(origin, known) : href, init)
  })
}

/** Has `listen(3000)` listen on a free port of this machine; tells where, once it does. */
export function catchListening(): Promise<Server> {
  const { listen } = Server.prototype
  return new Promise((resolve) => {
    vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server, ...args: unknown[]) {
      if (args[0] !== 3000) return (listen as (...args: unknown[]) => Server).apply(this, args)
      const [, started] = args as [number, (() => void)?]
      this.once('listening', () => resolve(this))
      return listen.call(this, { port: 0, host: '127.0.0.1' }, started)
    })
  })
}
