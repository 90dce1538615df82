import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { apiKeyVerifier, hashApiKey, scopes, withAuth } from '@portico-mcp/auth'
import { createMcpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'
import { createNotesServer } from './notes.ts'

const people = [
  { name: 'ann', granted: 'notes:read', key: randomBytes(32).toString('base64url') },
  { name: 'bob', granted: 'notes:write', key: randomBytes(32).toString('base64url') },
  { name: 'cleo', granted: 'notes:admin', key: randomBytes(32).toString('base64url') },
]

const keys = people.map(async ({ name, granted, key }) => ({
  sha256: await hashApiKey(key),
  clientId: 'example',
  scopes: [granted],
  claims: { sub: name },
}))

const handler = createMcpHandler(createNotesServer)
const gated = withAuth(handler, {
  verifier: apiKeyVerifier({ keys: await Promise.all(keys) }),
  requiredScopes: ['notes:read'],
  scopes: scopes({
    tools: { 'purge-*': ['notes:write'], 'purge-archive': ['notes:admin'] },
    resources: { 'note://private/*': ['notes:write'] },
  }),
  scopeHierarchy: { 'notes:admin': ['notes:write'], 'notes:write': ['notes:read'] },
})

const listener = createServer(toNodeHandler(withGuard(gated))).listen(
  Number(process.env.PORT ?? 3000),
  '127.0.0.1',
  () => {
    const { port } = listener.address() as AddressInfo
    const url = `http://127.0.0.1:${port}/mcp`
    console.log(`Notes with scopes at ${url}\n`)
    for (const { name, granted, key } of people) console.log(`${name} has ${granted} and the key ${key}`)
    console.log(`\nTry, with one key after the other:
curl -sS ${url} \\
  -H 'Content-Type: application/json' \\
  -H 'Authorization: Bearer ${people[0]!.key}' \\
  -d '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
`)
  },
)

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

async function stop(): Promise<void> {
  listener.close()
  await handler.close()
  listener.closeAllConnections()
}
