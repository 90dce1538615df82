import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { z } from 'zod'
import type { Served } from './subjects.ts'
import { DESCRIPTION, shapesOf, toolName } from './tools.ts'
import type { Work } from './work.ts'

/** The least that an answer takes on `node:http`: the body is read and parsed, a fixed result is written. */
export function serveHttp(work: Work): Served {
  const result = resultFor(work)
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
  const result = resultFor(work)
  const fetch = async (request: Request) => {
    const { id } = (await request.json()) as { id: number }
    const headers = { 'content-type': 'application/json' }
    return new Response(JSON.stringify({ jsonrpc: '2.0', id, result }), { headers })
  }
  return { fetch, node: getRequestListener(fetch) }
}

function resultFor({ method, tools, era }: Work): object {
  const stamp = { resultType: 'complete', _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'bench' } } }
  return { ...resultOfMethod(method, tools), ...(era === 'modern' && stamp) }
}

function resultOfMethod(method: Work['method'], tools: number): object {
  if (method === 'tools/call') return { content: [{ type: 'text', text: 'hello' }] }
  if (method !== 'tools/list') {
    return { protocolVersion: '2025-11-25', capabilities: { tools: { listChanged: true } }, serverInfo: {} }
  }
  const describe = (shape: z.ZodRawShape, index: number) => ({
    name: toolName(index),
    description: DESCRIPTION,
    inputSchema: z.toJSONSchema(z.object(shape)),
  })
  return { tools: shapesOf(tools, 'module').map(describe) }
}
