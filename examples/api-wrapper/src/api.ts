import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What stands for an API that was there before: portfolios, a list for every key. */
export interface Api {
  /** Where its paths are. */
  url: string
  close(): void
}

const keys = new Map<string, { name: string }[]>([
  ['key-of-ann', [{ name: 'Growth Fund' }]],
  ['key-of-bob', []],
])

/** Serves the portfolios on a free port of loopback. */
export async function startApi(): Promise<Api> {
  const listener = createServer((request, response) => void answer(request, response))
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/api/v1`, close: () => void listener.close() }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  const portfolios = keys.get(String(request.headers['x-api-key']))
  if (!portfolios) return void send(401, { error: 'An API key is needed' })
  if (request.url !== '/api/v1/portfolios') return void send(404, { error: 'Nothing is here' })
  if (request.method === 'GET') return void send(200, portfolios)
  const { name } = JSON.parse(Buffer.concat(await request.toArray()).toString())
  if (portfolios.some((one) => one.name === name))
    return void send(409, { error: `${name} is there already` })
  portfolios.push({ name })
  send(201, { name })
}
