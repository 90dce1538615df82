import { oidcVerifier, withAuth, withResourceMetadata } from '@portico-mcp/auth'
import { createMcpHandler, type FetchHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { createServer } from './create-server.ts'

// Clients sign in at OIDC_ISSUER, and send tokens for PUBLIC_URL.
const {
  OIDC_ISSUER: issuer = 'https://login.example.com',
  PUBLIC_URL: publicUrl = 'http://localhost:3000/mcp',
} = process.env

const gated = withAuth(createMcpHandler(createServer), {
  resourceServerUrl: publicUrl,
  verifier: oidcVerifier({ issuer }),
})
const documented = withResourceMetadata(gated, {
  resourceServerUrl: publicUrl,
  authorizationServers: [issuer],
})

/** What the routes of Next.js serve. */
export const handler: FetchHandler = withGuard(documented, { publicUrl })
