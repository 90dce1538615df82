import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { jwtVerifier, withAuth, withResourceMetadata } from '@portico-mcp/auth'
import { createMcpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'
import { createDiary } from './diary.ts'
import { startIssuer } from './issuer.ts'

const { PORT, PUBLIC_URL, ISSUER, JWKS_URI } = process.env

const listener = createServer().listen(Number(PORT ?? 3000), '127.0.0.1')
await once(listener, 'listening')
const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/mcp`

const resourceServerUrl = PUBLIC_URL ?? url
const local = ISSUER && JWKS_URI ? undefined : await startIssuer('ES256')
const { issuer, jwksUri } = local ?? { issuer: ISSUER!, jwksUri: JWKS_URI! }

const handler = createMcpHandler(createDiary)
const gated = withAuth(handler, {
  resourceServerUrl,
  verifier: jwtVerifier({ issuer, jwksUri, algorithms: ['ES256'], typ: 'at+jwt' }),
  requiredScopes: ['diary:read'],
})
const found = withResourceMetadata(gated, {
  resourceServerUrl,
  authorizationServers: [issuer],
  scopesSupported: ['diary:read'],
})
listener.on('request', toNodeHandler(withGuard(found, { publicUrl: resourceServerUrl })))

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

console.log(`Diary at ${url}\n`)
console.log(`Accepts tokens of ${issuer} for ${resourceServerUrl}\n`)
if (local) {
  const token = await local.issue({ sub: 'ann', aud: resourceServerUrl, scope: 'diary:read' })
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'whoami' } }
  console.log(`Try, with this token, which is good for an hour, or without:
curl -sS ${url} \\
  -H 'Content-Type: application/json' \\
  -H 'Authorization: Bearer ${token}' \\
  -d '${JSON.stringify(call)}'
`)
}

async function stop(): Promise<void> {
  listener.close()
  local?.close()
  await handler.close()
  listener.closeAllConnections()
}
