import { announce, createNotesServer } from '@portico-example/notes'
import { createMcpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { shareByRedis } from './share-by-redis.ts'

const { REDIS_URL } = process.env
const shared = REDIS_URL ? shareByRedis(REDIS_URL) : undefined

const handler = createMcpHandler(
  () => createNotesServer(() => handler.notify.resourcesChanged()),
  shared?.options,
)
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
  await shared?.close()
  await server.stop()
}
