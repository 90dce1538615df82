import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { fixedResult } from './fixed-result.ts'
import type { Served } from './subjects.ts'
import type { Work } from './work.ts'

/** The least that an answer takes on `node:http`: the body is read and parsed, a fixed result is written. */
export function serveHttp(work: Work): Served {
  const result = fixedResult(work)
  return {
    node: (req: IncomingMessage, res: ServerResponse) => {
      const chunks: Buffer[] = []
      req.on('data', (chunk: Buffer) => chunks.push(chunk))
      req.on('end', () => {
        const { id } = JSON.parse(Buffer.concat(chunks).toString())
        const body = JSON.stringify({ jsonrpc: '2.0', id, result })
        res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
        res.end(body)
      })
    },
  }
}

/** The same through a fetch handler. */
export function serveFetch(work: Work): Served {
  const result = fixedResult(work)
  const fetch = async (request: Request) => {
    const { id } = (await request.json()) as { id: number }
    const headers = { 'content-type': 'application/json' }
    return new Response(JSON.stringify({ jsonrpc: '2.0', id, result }), { headers })
  }
  return { fetch, node: getRequestListener(fetch) }
}
