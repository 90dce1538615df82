import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'
import { registerOpenApiTools, withApi } from '@portico-mcp/tools'
import { startApi } from './api.ts'
import { document } from './document.ts'

const api = await startApi()

const handler = createMcpHandler(async () => {
  const server = new McpServer({ name: 'library', version: '1.0.0' })
  await registerOpenApiTools(server, document, { retry: 2 })
  return server
})

// the key is the server's own: no model and no client sees it
const library = withApi(handler, {
  apiBaseUrl: api.url,
  getApiHeaders: () => ({ 'x-api-key': process.env.API_KEY ?? 'library-key' }),
})

const listener = createServer(toNodeHandler(withGuard(library))).listen(
  Number(process.env.PORT ?? 3000),
  '127.0.0.1',
)
await once(listener, 'listening')
const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/mcp`

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

const params = { name: 'find-books', arguments: { author: ['Austen'], filter: { since: 1816 } } }
console.log(`Library at ${url}\n`)
console.log(`Try:
curl -sS ${url} \\
  -H 'Content-Type: application/json' \\
  -d '${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })}'
`)

async function stop(): Promise<void> {
  listener.close()
  api.close()
  await handler.close()
  listener.closeAllConnections()
}
