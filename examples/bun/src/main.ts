import { announce, createNotesServer } from '@portico-example/notes'
import { createMcpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'

const handler = createMcpHandler(() => createNotesServer(() => handler.notify.resourcesChanged()))
const door = withGuard(handler)

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.env.PORT ?? 3000),
  // Bun gives up a stream that is silent for 10 seconds; the handler writes to one every 15
  idleTimeout: 30,
  fetch: (request, server) => door.fetch(request, { clientAddress: server.requestIP(request)?.address }),
})

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

announce('Notes on Bun', new URL('/mcp', server.url).href)

async function stop(): Promise<void> {
  await handler.close()
  await server.stop()
}
