import { oidcVerifier, withAuth, withResourceMetadata } from '@portico-mcp/auth'
import { createMcpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { toStreamingLambdaHandler } from '@portico-mcp/lambda'
import { createServer } from './create-server.ts'

// Clients sign in at OIDC_ISSUER, and send tokens for PUBLIC_URL. template.yaml sets both.
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

export const handler = toStreamingLambdaHandler(withGuard(documented, { publicUrl }))
