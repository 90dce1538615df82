import { reportContract } from '@portico-example/testing/contract-report'
import { eventStoreContract, sessionBusContract, sessionStoreContract } from '@portico-mcp/sessions/contract'
import { taskStoreContract } from '@portico-mcp/tasks/contract'
import { RedisClient } from 'bun'
import {
  fromBun,
  type RedisBackend,
  RedisBus,
  RedisEventStore,
  RedisRateLimitStore,
  RedisSessionStore,
  RedisTaskStore,
} from '../index.ts'

// This runs on Bun. It puts the stores to their contracts by Bun's own client, and lets the subscriptions be lost.

const { REDIS_URL, LOST_URL } = process.env
const ttlMs = 1000
const maxEventsPerStream = 30
const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const open = (prefix?: string, url = REDIS_URL): RedisBackend =>
  fromBun(new RedisClient(url, { enableOfflineQueue: false, connectionTimeout: 1000, maxRetries: 2 }), {
    prefix,
  })

const one = open()
const two = open()
const lost = open(undefined, LOST_URL)
const ofNodes = <Part>(make: (redis: RedisBackend) => Part) => ({
  store: make(one),
  other: make(two),
  unreachable: make(lost),
  ttlMs,
  pass,
})

const limits = { maxEventsPerStream, ttlMs }
await Promise.all([
  reportContract(sessionStoreContract, () => ofNodes((redis) => new RedisSessionStore(redis))),
  reportContract(eventStoreContract, () => ({
    ...ofNodes((redis) => new RedisEventStore(redis, limits)),
    maxEventsPerStream,
  })),
  reportContract(taskStoreContract, () => ({
    ...ofNodes((redis) => new RedisTaskStore(redis)),
    createEmpty: () => new RedisTaskStore(open(`empty-${crypto.randomUUID()}`)),
  })),
  reportContract(sessionBusContract, () => {
    const { store: bus, other, unreachable } = ofNodes((redis) => new RedisBus(redis))
    return { bus, other, unreachable }
  }),
])

await reportContract(
  [
    {
      id: 'bun/rate-limit',
      async run() {
        const bucket = { capacity: 3, refillPerSecond: 0.001 }
        const stores = [one, two].map((redis) => new RedisRateLimitStore(redis))
        const taken = [0, 1, 0, 1, 0].map((node) => stores[node]?.take('a', bucket))
        const allowed = (await Promise.all(taken)).filter((result) => result?.allowed)
        if (allowed.length !== 3) throw new Error(`${allowed.length} of 5 were allowed`)
      },
    },
    {
      id: 'bun/subscribes-again',
      async run() {
        const heard: unknown[] = []
        const bus = new RedisBus(two)
        await bus.listen('again', (message) => heard.push(message))
        await new RedisClient(REDIS_URL).send('CLIENT', ['KILL', 'TYPE', 'pubsub'])
        const until = Date.now() + 20_000
        while (heard.length === 0 && Date.now() < until) {
          await bus.send('again', { there: true })
          await pass(50)
        }
        if (heard.length === 0) throw new Error('nothing was heard')
      },
    },
    {
      id: 'bun/closed',
      async run() {
        const closed = open()
        await closed.close()
        const code = await new RedisSessionStore(closed).getSession('a').catch((error) => error.code)
        if (code !== 'redis-closed') throw new Error(`${code}`)
      },
    },
  ],
  () => undefined,
)
process.exit(0)
