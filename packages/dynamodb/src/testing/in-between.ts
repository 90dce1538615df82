import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A call of the SDK, as it goes over the network. */
export interface Call {
  operation: string
  headers: IncomingMessage['headers']
  body: string
}

export interface InBetween {
  port: number
  /** Every call that came. */
  calls: Call[]
  close(): Promise<void>
}

/** What happens to a call in place of being passed on. */
export type Mishap = 'lose the answer' | 'never answer' | { status: number; body: unknown }

/** Passes calls on to a port of this machine, but for those that something happens to. */
export async function startInBetween(
  port: number,
  happens: (call: Call, index: number) => Mishap | undefined,
): Promise<InBetween> {
  const calls: Call[] = []
  const server = createServer(async (request, response) => {
    const call = {
      operation: String(request.headers['x-amz-target']).replace(/.*\./, ''),
      headers: request.headers,
      body: await text(request),
    }
    const mishap = happens(call, calls.push(call) - 1)
    if (mishap === 'never answer') return
    if (typeof mishap === 'object') {
      response.writeHead(mishap.status, { 'content-type': 'application/x-amz-json-1.0' })
      return response.end(JSON.stringify(mishap.body))
    }
    const answer = await passOn(port, call)
    if (mishap === 'lose the answer') return response.destroy()
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    calls,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function passOn(port: number, { headers, body }: Call): Promise<Response> {
  const { 'x-amz-target': target, 'content-type': type, authorization, 'x-amz-date': date } = headers
  const sent = { 'x-amz-target': target, 'content-type': type, authorization, 'x-amz-date': date }
  return fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: sent as any, body })
}
