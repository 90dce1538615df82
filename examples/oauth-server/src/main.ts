import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { withAuth, withResourceMetadata } from '@portico-mcp/auth'
import { createMcpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'
import { oauthServer, oidc, withAuthorizationServer } from '@portico-mcp/oauth'
import { useDiary } from './client.ts'
import { createDiary } from './diary.ts'
import { createLogin } from './login.ts'

const { PORT, SESSION_SECRET, UPSTREAM_ISSUER, UPSTREAM_CLIENT_ID, UPSTREAM_CLIENT_SECRET } = process.env

const listener = createServer().listen(Number(PORT ?? 3000), '127.0.0.1')
await once(listener, 'listening')
const issuer = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
const resourceServerUrl = `${issuer}/mcp`

const login = createLogin(issuer)
const server = oauthServer({
  issuer,
  resource: resourceServerUrl,
  // of one run alone: set it, and a sign-in outlives a restart as far as its store does
  sessionSecret: SESSION_SECRET ?? crypto.randomUUID(),
  scopesSupported: ['diary:read'],
  serviceName: 'the diary',
  ...(UPSTREAM_ISSUER
    ? {
        upstreamProvider: oidc({
          issuer: UPSTREAM_ISSUER,
          clientId: UPSTREAM_CLIENT_ID ?? 'portico',
          clientSecret: UPSTREAM_CLIENT_SECRET,
        }),
      }
    : { authenticate: login.authenticate }),
})

const handler = createMcpHandler(createDiary)
const gated = withAuth(handler, {
  resourceServerUrl,
  verifier: server.verifier,
  requiredScopes: ['diary:read'],
})
const found = withResourceMetadata(gated, {
  resourceServerUrl,
  oauthMetadata: server.metadata,
  scopesSupported: ['diary:read'],
})
const site = {
  fetch: (request: Request, options?: object) =>
    new URL(request.url).pathname === '/login' ? login.fetch(request) : found.fetch(request, options),
}
listener.on('request', toNodeHandler(withGuard(withAuthorizationServer(site, server), { publicUrl: issuer })))

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

console.log(`Diary at ${resourceServerUrl}\n`)
if (UPSTREAM_ISSUER)
  console.log(`Users sign in at ${UPSTREAM_ISSUER}, which sends them to ${server.callbackUrl}\n`)
useDiary(new URL(resourceServerUrl), (url) => {
  console.log(`The official client was answered 401, has registered, and waits for you to sign in:\n${url}\n`)
}).then(
  (answer) => console.log(`The diary says to the client: ${answer}\n`),
  (error: Error) => console.log(`The client did not get in: ${error.message}\n`),
)

async function stop(): Promise<void> {
  listener.close()
  await handler.close()
  listener.closeAllConnections()
  // The client waits for the user to sign in, however long it takes.
  setTimeout(() => process.exit(0), 100).unref()
}
