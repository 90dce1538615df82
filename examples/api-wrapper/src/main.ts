import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMcpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'
import { withApi } from '@portico-mcp/tools'
import { startApi } from './api.ts'
import { createPortfolios } from './portfolios.ts'

const { PORT, API_URL } = process.env

const api = API_URL ? undefined : await startApi()
const handler = createMcpHandler(createPortfolios)
const wrapper = withApi(handler, {
  apiBaseUrl: API_URL ?? api!.url,
  getApiHeaders: ({ headers }) => ({ 'x-api-key': headers.get('x-api-key') ?? undefined }),
})

const listener = createServer(toNodeHandler(withGuard(wrapper))).listen(Number(PORT ?? 3000), '127.0.0.1')
await once(listener, 'listening')
const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/mcp`

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'list-portfolios' } }
console.log(`Portfolios at ${url}\n`)
console.log(`Try, as ann, as bob (key-of-bob), or without a key:
curl -sS ${url} \\
  -H 'Content-Type: application/json' \\
  -H 'X-Api-Key: key-of-ann' \\
  -d '${JSON.stringify(call)}'
`)

async function stop(): Promise<void> {
  listener.close()
  api?.close()
  await handler.close()
  listener.closeAllConnections()
}
