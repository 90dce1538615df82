import { oidcVerifier, withAuth, withResourceMetadata } from '@portico-mcp/auth'
import { createMcpHandler, type FetchHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { encryptedSessionIds, sessions } from '@portico-mcp/sessions'
import { createBakery } from './bakery.ts'

const {
  PUBLIC_URL: publicUrl = 'http://localhost:3000/mcp',
  // Instances that share it serve each other's clients. Without it, sessions end with the instance.
  SESSION_SECRET = crypto.randomUUID(),
  // Clients sign in there, if it is set, and send tokens for PUBLIC_URL.
  OIDC_ISSUER,
} = process.env

const handler = createMcpHandler(createBakery, {
  legacy: sessions({ store: encryptedSessionIds({ keys: [SESSION_SECRET] }) }),
  requestState: { keys: [SESSION_SECRET] },
  // less than the `maxDuration` of the route, so that a slow call gets an error and not a broken connection
  requestTimeoutMs: 55_000,
})

/** What both routes serve. */
export const site: FetchHandler = withGuard(OIDC_ISSUER ? gate(OIDC_ISSUER) : handler, { publicUrl })

function gate(issuer: string): FetchHandler {
  const gated = withAuth(handler, { resourceServerUrl: publicUrl, verifier: oidcVerifier({ issuer }) })
  return withResourceMetadata(gated, { resourceServerUrl: publicUrl, authorizationServers: [issuer] })
}
