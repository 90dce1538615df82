import { afterAll, beforeAll } from 'vitest'
import { RedisServer } from '../../../redis/src/testing/redis-server.ts'

export { describeRedis, freePort } from '../../../redis/src/testing/redis-server.ts'

/** A server for the tests of a block. */
export function useRedis(): () => RedisServer {
  let server: RedisServer | undefined
  beforeAll(async () => {
    server = await RedisServer.start()
  })
  afterAll(() => server?.stop())
  return () => server as RedisServer
}
