import { env } from 'cloudflare:workers'
import { withAuth, withResourceMetadata } from '@portico-mcp/auth'
import { cloudflare, cloudflareSessions } from '@portico-mcp/cloudflare'
import { createMcpHandler } from '@portico-mcp/core'
import { type FetchHandler, withGuard, withRateLimit } from '@portico-mcp/guard'
import { oauthServer, withAuthorizationServer } from '@portico-mcp/oauth'
import { createBakery } from './bakery.ts'
import { createLogin } from './login.ts'

const { PUBLIC_URL, SESSION_SECRET } = env
const resourceServerUrl = `${PUBLIC_URL}/mcp`

const portico = cloudflare(env.PORTICO, { onerror: console.error })
const login = createLogin(cloudflare(env.PORTICO, { prefix: 'login' }).sessionStore(), PUBLIC_URL)

const server = oauthServer({
  issuer: PUBLIC_URL,
  resource: resourceServerUrl,
  sessionSecret: SESSION_SECRET,
  serviceName: 'the bakery',
  store: portico.oauthStore,
  rateLimitStore: portico.rateLimitStore,
  authenticate: login.authenticate,
})

const handler = createMcpHandler(createBakery, {
  bus: portico.bus,
  legacy: cloudflareSessions(portico),
  requestState: { keys: [SESSION_SECRET] },
})
const limited = withRateLimit(handler, { store: portico.rateLimitStore, capacity: 100, refillPerSecond: 10 })
const gated = withAuth(limited, { resourceServerUrl, verifier: server.verifier })
const found = withResourceMetadata(gated, { resourceServerUrl, oauthMetadata: server.metadata })

const site: FetchHandler = {
  fetch: (request, options) =>
    new URL(request.url).pathname === '/login' ? login.fetch(request) : found.fetch(request, options),
}

/** What Cloudflare runs. All that it remembers is in Durable Objects, so any isolate can answer any request. */
const door: FetchHandler = withGuard(withAuthorizationServer(site, server), { publicUrl: PUBLIC_URL })

export { PorticoObject } from '@portico-mcp/cloudflare'
export default door
