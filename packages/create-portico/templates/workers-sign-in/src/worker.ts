import { oidcVerifier, withAuth, withResourceMetadata } from '@portico-mcp/auth'
import { createMcpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { createServer } from './create-server.ts'

// Clients sign in at OIDC_ISSUER, and send tokens for PUBLIC_URL. wrangler.jsonc sets both.
const {
  OIDC_ISSUER: issuer = 'https://login.example.com',
  PUBLIC_URL: publicUrl = 'http://localhost:8787/mcp',
} = process.env

const gated = withAuth(createMcpHandler(createServer), {
  resourceServerUrl: publicUrl,
  verifier: oidcVerifier({ issuer }),
})

export default withGuard(
  withResourceMetadata(gated, { resourceServerUrl: publicUrl, authorizationServers: [issuer] }),
  { publicUrl },
)
