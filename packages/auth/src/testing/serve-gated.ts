import {
  checkScopes,
  getIdentity,
  jwtVerifier,
  scopes,
  withAuth,
  withResourceMetadata,
} from '@portico-mcp/auth'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { withCors, withGuard, withRateLimit } from '@portico-mcp/guard'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

// keys are made at the first request: Workers have no randomness before
let ready: Promise<{ token: string; fetch: (request: Request) => Promise<Response> }> | undefined

async function start() {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const issuer = 'https://auth.example.com'
  const resourceServerUrl = 'https://mcp.example.com/mcp'
  const notes = createMcpHandler(() => {
    const server = new McpServer({ name: 'notes', version: '1.0.0' })
    server.registerTool('whoami', { description: 'Says who calls' }, async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      checkScopes(['notes:read'])
      return { content: [{ type: 'text', text: getIdentity()?.id ?? 'nobody' }] }
    })
    server.registerTool('purge', { description: 'Removes' }, async () => ({ content: [] }))
    return server
  })
  const limited = withRateLimit(notes, { capacity: 5, refillPerSecond: 0.001 })
  const gated = withAuth(limited, {
    resourceServerUrl,
    verifier: jwtVerifier({ issuer, jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] } }),
    scopes: scopes({ tools: { purge: ['notes:write'] } }),
  })
  const discovered = withResourceMetadata(gated, { resourceServerUrl, authorizationServers: [issuer] })
  const allowedOrigins = ['https://app.example.com']
  const { fetch } = withGuard(withCors(discovered, { allowedOrigins }), { allowedOrigins, trustProxy: 1 })
  const token = await new SignJWT({ sub: 'ann', scope: 'notes:read', aud: resourceServerUrl, iss: issuer })
    .setProtectedHeader({ alg: 'ES256' })
    .setExpirationTime('1m')
    .sign(privateKey)
  return { token, fetch }
}

async function fetch(request: Request): Promise<Response> {
  ready ??= start()
  const server = await ready
  return request.url.endsWith('/token') ? new Response(server.token) : server.fetch(request)
}

export default { fetch }
