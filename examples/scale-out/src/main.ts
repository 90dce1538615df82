import { scaleOutCurl } from './curl.ts'
import { roundRobin, startProxy } from './proxy.ts'
import { startNode } from './start-node.ts'
import { startRedis } from './start-redis.ts'

const redis = await startRedis().catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
const nodes = await Promise.all(['one', 'two', 'three'].map((name) => startNode(name, redis.url)))
const origins = nodes.map(({ origin }) => origin)
const proxy = await startProxy(
  roundRobin(() => origins),
  Number(process.env.PORT ?? 3000),
)

process.once('SIGINT', stop)
process.once('SIGTERM', stop)

const url = `${proxy.origin}/mcp`
console.log(`A bakery on three nodes at ${url}\n`)
console.log(`Every request goes to the next of ${origins.join(', ')}; they share ${redis.url}.\n`)
console.log(`A session, three calls in it, and its end:\n${scaleOutCurl(url)}\n`)

async function stop(): Promise<void> {
  await Promise.all(nodes.map((node) => node.stop()))
  await proxy.close()
  await redis.stop()
}
