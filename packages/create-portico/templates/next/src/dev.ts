import { createHTTPServer } from '@portico-mcp/server'
import { createServer } from './create-server.ts'

// Serves the same server on Node, with a page to try its tools.
const { url, dashboardUrl } = await createHTTPServer(createServer, { port: 3001, logging: true })
console.log(`Clients connect to ${url}`)
console.log(`Open ${dashboardUrl} in a browser to try the tools`)
