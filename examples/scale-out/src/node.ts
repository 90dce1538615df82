import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMcpHandler } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'
import { RedisBus, RedisConnection, RedisEventStore, RedisSessionStore } from '@portico-mcp/redis'
import { sessions } from '@portico-mcp/sessions'
import { createBakery } from './server.ts'

const redis = new RedisConnection({
  url: process.env.REDIS_URL,
  onerror: (error) => console.error(error.message),
})
const bus = new RedisBus(redis)

const handler = createMcpHandler(createBakery(process.env.NODE_NAME ?? 'one'), {
  bus,
  legacy: sessions({
    store: new RedisSessionStore(redis),
    eventStore: new RedisEventStore(redis),
    bus,
  }),
  onerror: (error) => console.error(error.message),
})

const listener = createServer(toNodeHandler(withGuard(handler))).listen(0, '127.0.0.1', () => {
  process.send?.((listener.address() as AddressInfo).port)
})

// who started it says when to stop: a terminal tells every process at once
process.on('SIGINT', () => {})
process.on('SIGTERM', () => {})
process.once('disconnect', stop)

async function stop(): Promise<void> {
  listener.close()
  await handler.close()
  await redis.close()
  listener.closeAllConnections()
}
