import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { RedisBus, RedisConnection, RedisRateLimitStore, RedisSessionStore } from './index.ts'
import { describeContracts, type Nodes } from './testing/contracts.ts'
import { closeAfterEach, connect, until } from './testing/nodes.ts'
import { describeRedis, freePort, type RedisServer, startCluster } from './testing/redis-server.ts'

closeAfterEach()

describeRedis('on a Cluster of three', () => {
  let servers: RedisServer[] = []
  let nodes: Nodes
  const opened: RedisConnection[] = []
  const open = (cluster: string[], prefix?: string): RedisConnection => {
    const redis = new RedisConnection({ cluster, prefix })
    opened.push(redis)
    return redis
  }

  beforeAll(async () => {
    servers = await startCluster(3, 'hunter2')
    const nowhere = `redis://:hunter2@127.0.0.1:${await freePort()}`
    nodes = {
      one: open(servers.map(({ url }) => url)),
      two: open([nowhere, servers[2]!.url]),
      lost: open([nowhere]),
      open: (prefix) => open([servers[0]!.url], prefix),
    }
  })
  afterAll(async () => {
    for (const redis of opened) await redis.close()
    for (const server of servers) await server.stop()
  })

  // nodes of a Cluster hand messages on after they have answered: a new listener may hear the last ones
  describeContracts(() => nodes, ['session-bus/nobody'])

  it('spreads sessions and buckets over every node', async () => {
    const ids = Array.from({ length: 60 }, (_, index) => `spread-${index}`)
    const store = new RedisSessionStore(nodes.one)
    const limits = new RedisRateLimitStore(nodes.two)
    for (const id of ids) {
      await store.createSession(id, { id })
      await limits.take(id, { capacity: 1, refillPerSecond: 0.01 })
    }
    for (const server of servers)
      expect((await server.ask<string[]>('KEYS', '*:session:spread-*')).length).toBeGreaterThan(0)
    for (const server of servers)
      expect((await server.ask<string[]>('KEYS', '*:rate:*')).length).toBeGreaterThan(0)
  })

  it('goes on with the other nodes where one hangs or is lost, and finds it again', async () => {
    const [first] = servers as [RedisServer]
    for (const server of servers) await server.ask('CONFIG', 'SET', 'cluster-require-full-coverage', 'no')
    const redis = connect({ cluster: servers.map(({ url }) => url), timeoutMs: 1000 })
    const [store, bus] = [new RedisSessionStore(redis), new RedisBus(redis)]
    const ids = Array.from({ length: 60 }, (_, index) => `kept-${index}`)
    for (const id of ids) await store.createSession(id)
    const heard = vi.fn()
    const channels = ids.slice(0, 10)
    for (const channel of channels) await bus.listen(channel, heard)
    const answers = async (): Promise<Set<unknown>> => {
      const seen = await Promise.allSettled(ids.map((id) => store.sessionExists(id)))
      return new Set(seen.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.name)))
    }
    expect(await answers()).toEqual(new Set([true]))

    first.pause()
    try {
      expect(await answers()).toEqual(new Set([true, 'RedisError']))
    } finally {
      first.resume()
    }
    await until(async () => !(await answers()).has('RedisError'))
    expect(await answers()).toEqual(new Set([true]))

    await first.kill()
    expect(await answers()).toEqual(new Set([true, 'RedisError']))
    // the connection that listens goes to another node
    await until(async () => {
      await Promise.allSettled(channels.map((channel) => bus.send(channel, { after: 'the loss' })))
      return heard.mock.calls.length > 0
    })
    await first.start()
    await until(async () => !(await answers()).has('RedisError'))
  }, 45_000)
})
