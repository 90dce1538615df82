import { createHTTPServer } from '@portico-mcp/server'
import { createServer } from './create-server.ts'

const { HOST = '127.0.0.1', PORT = '3001', PUBLIC_URL } = process.env

const { url, dashboardUrl } = await createHTTPServer(createServer, {
  host: HOST,
  port: Number(PORT),
  publicUrl: PUBLIC_URL,
  logging: true,
})
console.log(`Clients connect to ${PUBLIC_URL ?? url}`)
if (dashboardUrl) console.log(`Open ${dashboardUrl} in a browser to try the tools`)
