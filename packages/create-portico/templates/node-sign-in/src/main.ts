import { createHTTPServer } from '@portico-mcp/server'
import { createServer } from './create-server.ts'

const { HOST = '127.0.0.1', PORT = '3001', OIDC_ISSUER, PUBLIC_URL } = process.env

// Clients sign in at OIDC_ISSUER, and send tokens for PUBLIC_URL. Without an issuer, only this machine is served.
const isPublic = OIDC_ISSUER !== undefined
if (!isPublic && HOST !== '127.0.0.1')
  throw new Error('Set OIDC_ISSUER and PUBLIC_URL to serve other machines')

const { url, dashboardUrl } = await createHTTPServer(createServer, {
  host: HOST,
  port: Number(PORT),
  publicUrl: PUBLIC_URL,
  auth: isPublic ? { authorizationServers: [OIDC_ISSUER] } : undefined,
  logging: true,
})
console.log(`Clients connect to ${PUBLIC_URL ?? url}`)
if (dashboardUrl) console.log(`Open ${dashboardUrl} in a browser to try the tools`)
