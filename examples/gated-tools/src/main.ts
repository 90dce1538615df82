import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { staticVerifier, withAuth } from '@portico-mcp/auth'
import { createMcpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'
import { createCampaigns } from './campaigns.ts'

// Tokens that are public, for trying the example
const verifier = staticVerifier({
  'token-of-ann': { clientId: 'ann', scopes: ['campaigns:read', 'campaigns:write'] },
  'token-of-bob': { clientId: 'bob', scopes: ['campaigns:read'] },
  'token-of-eve': { clientId: 'eve', scopes: ['campaigns:read'] },
})

const handler = createMcpHandler(createCampaigns)
const gated = withGuard(withAuth(handler, { verifier }))

const listener = createServer(toNodeHandler(gated)).listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
await once(listener, 'listening')
const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/mcp`

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

const list = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }
console.log(`Campaigns at ${url}\n`)
console.log(`Try, as ann, who may write, or as bob (token-of-bob), who may not:
curl -sS ${url} \\
  -H 'Content-Type: application/json' \\
  -H 'Authorization: Bearer token-of-ann' \\
  -d '${JSON.stringify(list)}'
`)

async function stop(): Promise<void> {
  listener.close()
  await handler.close()
  listener.closeAllConnections()
}
