import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { announce, createNotesServer } from '@portico-example/notes'
import { createMcpHandler } from '@portico-mcp/core'
import { localhostAllowedOrigins, withCors, withGuard, withRateLimit } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'

const onerror = (error: Error): void => console.error(error.message)
const allowedOrigins = ['https://app.example.com', ...localhostAllowedOrigins()]

const handler = createMcpHandler(() => createNotesServer(() => handler.notify.resourcesChanged()), {
  onerror,
})
const door = withGuard(withCors(withRateLimit(handler), { allowedOrigins }), {
  publicUrl: process.env.PUBLIC_URL ?? 'https://mcp.example.com/mcp',
  allowedOrigins,
  onerror,
})

const listener = createServer(toNodeHandler(door, { onerror })).listen(
  Number(process.env.PORT ?? 3000),
  '127.0.0.1',
  () => {
    const { port } = listener.address() as AddressInfo
    announce('Notes on node:http', `http://127.0.0.1:${port}/mcp`)
  },
)

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

async function stop(): Promise<void> {
  listener.close()
  await handler.close()
  listener.closeAllConnections()
}
