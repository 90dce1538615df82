import { afterAll, beforeAll } from 'vitest'
import { RedisConnection } from './index.ts'
import { describeContracts, type Nodes } from './testing/contracts.ts'
import { describeRedis, freePort, RedisServer } from './testing/redis-server.ts'

describeRedis('on one server', () => {
  let server: RedisServer
  let nodes: Nodes

  beforeAll(async () => {
    server = await RedisServer.start()
    nodes = {
      one: new RedisConnection({ url: server.url }),
      two: new RedisConnection({ url: server.url }),
      lost: new RedisConnection({ url: `redis://127.0.0.1:${await freePort()}` }),
    }
  })
  afterAll(async () => {
    for (const redis of Object.values(nodes ?? {})) await redis.close()
    await server?.stop()
  })

  describeContracts(() => nodes)
})
