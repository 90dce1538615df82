import { afterAll, beforeAll } from 'vitest'
import { RedisConnection } from './index.ts'
import { describeContracts, type Nodes } from './testing/contracts.ts'
import { describeRedis, freePort, RedisServer } from './testing/redis-server.ts'

describeRedis('on one server', () => {
  let server: RedisServer
  let nodes: Nodes
  const opened: RedisConnection[] = []
  const open = (url: string, prefix?: string): RedisConnection => {
    const redis = new RedisConnection({ url, prefix })
    opened.push(redis)
    return redis
  }

  beforeAll(async () => {
    server = await RedisServer.start()
    nodes = {
      one: open(server.url),
      two: open(server.url),
      lost: open(`redis://127.0.0.1:${await freePort()}`),
      open: (prefix) => open(server.url, prefix),
    }
  })
  afterAll(async () => {
    for (const redis of opened) await redis.close()
    await server?.stop()
  })

  describeContracts(() => nodes)
})
