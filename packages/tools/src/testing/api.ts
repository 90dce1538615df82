import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
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

/** A request that the API received. */
export interface Received {
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: string
}

/** The response of the API: status, headers, body. */
export type Answer = [status: number, headers: Record<string, string>, body?: string]

/** Creates a JSON response. */
export const json = (value: unknown, status = 200): Answer => [
  status,
  { 'content-type': 'application/json' },
  JSON.stringify(value),
]

/** Starts an API on loopback that records requests. */
export async function startApi(answer: (received: Received) => Answer | undefined = () => json({})): Promise<{
  origin: string
  received: Received[]
  last: () => Received
}> {
  const received: Received[] = []
  const origin = await listen(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { method = '', url = '', headers } = request
    received.push({ method, url, headers, body })
    const given = answer(received.at(-1)!)
    if (given) response.writeHead(given[0], given[1]).end(given[2])
  })
  return { origin, received, last: () => received.at(-1)! }
}

/** Starts an API that does not answer. It reports when a call arrived, and when it was aborted. */
export async function startSilence(): Promise<{
  origin: string
  whenArrived: Promise<void>
  whenLeft: Promise<void>
}> {
  let arrived!: () => void
  let left!: () => void
  const whenArrived = new Promise<void>((resolve) => {
    arrived = resolve
  })
  const whenLeft = new Promise<void>((resolve) => {
    left = resolve
  })
  const origin = await listen((request) => {
    request.socket.once('close', left)
    arrived()
  })
  return { origin, whenArrived, whenLeft }
}
