import { getIdentity, withAuth, withResourceMetadata } from '@portico-mcp/auth'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { oauthServer, withAuthorizationServer } from '@portico-mcp/oauth'

const resourceServerUrl = 'https://mcp.example.com/mcp'

const server = oauthServer({
  issuer: 'https://auth.example.com',
  resource: resourceServerUrl,
  sessionSecret: 'a session secret of enough characters',
  scopesSupported: ['notes:read'],
  authenticate: () => ({ sub: 'ann' }),
})
const notes = createMcpHandler(() => {
  const mcp = new McpServer({ name: 'notes', version: '1.0.0' })
  mcp.registerTool('whoami', { description: 'Says who calls' }, async () => ({
    content: [{ type: 'text', text: getIdentity()?.id ?? 'nobody' }],
  }))
  return mcp
})
const gated = withAuth(notes, { resourceServerUrl, verifier: server.verifier })
const { fetch } = withAuthorizationServer(
  withResourceMetadata(gated, { resourceServerUrl, oauthMetadata: server.metadata }),
  server,
)

export default { fetch: (request: Request) => fetch(request) }
