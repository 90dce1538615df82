import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type Koa from 'koa'

const open = new Set<Server>()

/** Serves an app on a free port of this machine, until `closeAll`. */
export async function serve(app: Pick<Koa, 'callback'>): Promise<string> {
  const server = createServer(app.callback())
  open.add(server)
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export function closeAll(): void {
  for (const server of open) {
    server.close()
    server.closeAllConnections()
  }
  open.clear()
}

/** The answer to a JSON-RPC request. */
export interface Answer {
  status: number
  headers: Headers
  json: any
}

/** Posts a request as plain clients do. */
export async function rpc(
  url: string,
  method: string,
  params: object = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, json: text && JSON.parse(text) }
}

/** The text of a tool's result. */
export async function toolText(
  url: string,
  name: string,
  args: object = {},
  headers: Record<string, string> = {},
): Promise<string> {
  const { json } = await rpc(url, 'tools/call', { name, arguments: args }, headers)
  return json.result?.content[0].text ?? JSON.stringify(json)
}
