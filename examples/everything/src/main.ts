import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMcpHandler } from '@portico-mcp/core'
import { type FetchHandler, toNodeHandler } from '@portico-mcp/node'
import { createEverythingServer } from './server.ts'

const handler = createMcpHandler(createEverythingServer)

const site: FetchHandler = {
  fetch: (request, options) => {
    if (!isLocal(request)) return forbidden()
    if (new URL(request.url).pathname !== '/mcp') return new Response('Not found', { status: 404 })
    return handler.fetch(request, options)
  },
}

const port = Number(process.env.PORT || 3000)
const listener = createServer(toNodeHandler(site)).listen(port, '127.0.0.1', () => {
  const { port } = listener.address() as AddressInfo
  console.log(`Everything server at http://127.0.0.1:${port}/mcp`)
})

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

async function stop(): Promise<void> {
  listener.close()
  await handler.close()
  listener.closeAllConnections()
}

// a web page whose name was made to resolve to this machine still sends its own Host and Origin
function isLocal({ headers }: Request): boolean {
  const origin = headers.get('origin')
  return isLocalUrl(`http://${headers.get('host')}`) && (origin === null || isLocalUrl(origin))
}

function isLocalUrl(url: string): boolean {
  return URL.canParse(url) && ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)
}

function forbidden(): Response {
  const error = { code: -32600, message: 'Forbidden: Host and Origin must be local' }
  return Response.json({ jsonrpc: '2.0', error }, { status: 403 })
}
