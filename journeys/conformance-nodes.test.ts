import { type Example, startExample } from '@portico-example/testing/examples'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Check,
  listScenarios,
  problemsOf,
  type Revision,
  runScenarios,
} from '../examples/everything/src/testing/referee.ts'
import { type Proxy as Door, roundRobin, startProxy } from '../examples/scale-out/src/proxy.ts'
import { describeRedis, RedisServer } from '../packages/redis/src/testing/redis-server.ts'

const revisions: Revision[] = ['2025-03-26', '2025-06-18', '2025-11-25']
const scenarios = new Map<Revision, string[]>()
for (const revision of revisions) scenarios.set(revision, await listScenarios(revision))

describeRedis('the conformance suite, every request to the next of three nodes', () => {
  let redis: RedisServer
  let nodes: Example[] = []
  let proxy: Door
  const turns: string[] = []

  beforeAll(async () => {
    redis = await RedisServer.start()
    nodes = await Promise.all([1, 2, 3].map(() => startExample('everything', { REDIS_URL: redis.url })))
    const next = roundRobin(() => nodes.map(({ url }) => new URL(url).origin))
    proxy = await startProxy(() => {
      const order = next()
      turns.push(order[0]!)
      return order
    })
  })

  afterAll(async () => {
    await proxy?.close()
    await Promise.all(nodes.map((node) => node.stop()))
    await redis?.stop()
  })

  describe.each(revisions)('%s', (revision) => {
    let results: Map<string, Check[]>

    beforeAll(async () => {
      results = await runScenarios(`${proxy.origin}/mcp`, revision)
    }, 120_000)

    it.each(scenarios.get(revision)!)('%s', (scenario) => {
      const checks = results.get(scenario)
      expect(checks, 'the scenario did not run').toBeDefined()
      expect(problemsOf(checks!)).toEqual([])
    })
  })

  it('went to each of them as often', () => {
    const counts = nodes.map(({ url }) => turns.filter((origin) => url.startsWith(origin)).length)
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    expect(Math.min(...counts)).toBeGreaterThan(50)
  })
})
