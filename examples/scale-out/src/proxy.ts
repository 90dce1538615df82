import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A proxy that knows nothing of sessions. */
export interface Proxy {
  /** Where it listens. */
  origin: string
  /** Breaks what runs through it, and ends. */
  close(): Promise<void>
}

/**
 * Starts a proxy that streams every request to a node, and its answer back.
 *
 * @param order - Origins of the nodes to try for a request, best first; if one does not respond, the next one is tried.
 * @param port - Where to listen, 0 for a free port.
 */
export async function startProxy(
  order: (request: IncomingMessage) => Iterable<string>,
  port = 0,
): Promise<Proxy> {
  const server = createServer((req, res) => forward(req, res, order(req)[Symbol.iterator]()))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** Begins with another node each time. */
export function roundRobin(origins: () => readonly string[]): () => readonly string[] {
  let turn = 0
  return () => {
    const all = origins()
    const first = turn++ % Math.max(all.length, 1)
    return [...all.slice(first), ...all.slice(0, first)]
  }
}

// If a node closed an idle connection, the request that is sent on it would fail unread.
const agent = new Agent({ keepAlive: false })

function forward(req: IncomingMessage, res: ServerResponse, origins: Iterator<string>): void {
  const { done, value: origin } = origins.next()
  if (done) {
    refuse(res, 503, 'No node listens\n')
    return
  }
  const { method, headers } = req
  let connected = false
  const passed = request(new URL(req.url!, origin), { method, headers, agent })
  passed.on('socket', (socket) =>
    socket.once('connect', () => {
      connected = true
      req.pipe(passed)
    }),
  )
  passed.on('response', (answer) => {
    res.writeHead(answer.statusCode!, answer.headers)
    res.flushHeaders()
    answer.on('error', () => res.destroy()).pipe(res)
  })
  passed.on('error', () => {
    if (!connected) forward(req, res, origins)
    else refuse(res, 502, 'The node ended before it answered\n')
  })
  res.once('close', () => passed.destroy())
}

function refuse(res: ServerResponse, status: number, text: string): void {
  if (res.headersSent) res.destroy()
  else res.writeHead(status, { 'Content-Type': 'text/plain' }).end(text)
}
