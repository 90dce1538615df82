import { afterAll, beforeAll, expect, it } from 'vitest'
import { RedisConnection, RedisRateLimitStore, RedisSessionStore } from './index.ts'
import { describeContracts, type Nodes } from './testing/contracts.ts'
import { describeRedis, freePort, type RedisServer, startCluster } from './testing/redis-server.ts'

describeRedis('on a Cluster of three', () => {
  let servers: RedisServer[] = []
  let nodes: Nodes

  beforeAll(async () => {
    servers = await startCluster(3, 'hunter2')
    const nowhere = `redis://:hunter2@127.0.0.1:${await freePort()}`
    nodes = {
      one: new RedisConnection({ cluster: servers.map(({ url }) => url) }),
      two: new RedisConnection({ cluster: [nowhere, servers[2]!.url] }),
      lost: new RedisConnection({ cluster: [nowhere] }),
    }
  }, 30_000)
  afterAll(async () => {
    for (const redis of Object.values(nodes ?? {})) await redis.close()
    for (const server of servers) await server.stop()
  })

  describeContracts(() => nodes)

  it('spreads sessions and buckets over every node', async () => {
    const ids = Array.from({ length: 60 }, (_, index) => `spread-${index}`)
    const store = new RedisSessionStore(nodes.one)
    const limits = new RedisRateLimitStore(nodes.two)
    for (const id of ids) {
      await store.createSession(id, { id })
      await limits.take(id, { capacity: 1, refillPerSecond: 0.01 })
    }
    for (const server of servers) expect((await server.ask<string[]>('KEYS', '*:session:spread-*')).length).toBeGreaterThan(0)
    for (const server of servers) expect((await server.ask<string[]>('KEYS', '*:rate:*')).length).toBeGreaterThan(0)
  })

  it('goes on with the other nodes where one is lost, and tells its sessions from those that are not there', async () => {
    const ids = Array.from({ length: 60 }, (_, index) => `kept-${index}`)
    const store = new RedisSessionStore(nodes.one)
    for (const id of ids) await store.createSession(id)
    await servers[0]!.ask('CONFIG', 'SET', 'cluster-require-full-coverage', 'no')
    for (const server of servers.slice(1)) await server.ask('CONFIG', 'SET', 'cluster-require-full-coverage', 'no')
    await servers[0]!.kill()
    const seen = await Promise.allSettled(ids.map((id) => store.sessionExists(id)))
    const answers = seen.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.name))
    expect(new Set(answers)).toEqual(new Set([true, 'RedisError']))
  })
})
