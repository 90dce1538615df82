import { Random, readSeed } from '@portico-example/testing/random'
import { afterAll, expect, it, vi } from 'vitest'
import { describeRedis, RedisServer } from '../packages/redis/src/testing/redis-server.ts'
import { Customer } from './testing/customer.ts'
import { Fleet } from './testing/fleet.ts'

const SEED = readSeed('nodes that are killed')
const SECONDS = Number(process.env.CHAOS_SECONDS ?? 15)
const CUSTOMERS = 200

// of the host, of the proxy, and of the connection: nothing else may go wrong
const LOST = [
  'The call was lost with the process that ran it: send it again',
  'The node ended before it answered',
  'terminated',
]

describeRedis('three nodes that are killed and started again at random', () => {
  const random = new Random(SEED)
  let redis: RedisServer
  let fleet: Fleet
  let customers: Customer[] = []

  afterAll(async () => {
    await Promise.all(customers.map((customer) => customer.close()))
    await fleet?.stop()
    await redis?.stop()
  })

  it(
    `lose the calls that they run, and nothing else (CHAOS_SEED=${SEED})`,
    async () => {
      redis = await RedisServer.start()
      fleet = new Fleet(redis.url, random)
      await fleet.start(['one', 'two', 'three'])
      customers = Array.from(
        { length: CUSTOMERS },
        (_, number) => new Customer(`customer-${number}`, fleet.url, new Random(SEED + number)),
      )
      await Promise.all(customers.map((customer) => customer.connect()))

      const end = Date.now() + SECONDS * 1000
      const until = async (work: () => Promise<void>, pauseMs: number): Promise<void> => {
        while (Date.now() < end) {
          await random.pause(pauseMs)
          await work()
        }
      }
      await Promise.all([
        until(() => fleet.kill(2000), 3000),
        until(async () => random.pick(customers).line.cut(), 40),
        ...customers.map((customer) => until(() => customer.act(customers), 2000)),
      ])
      await fleet.recover()

      // every session goes on, and every stream
      await Promise.all(customers.map((customer) => customer.announce()))
      await Promise.all(customers.map((customer, number) => customer.fill(customers[number - 1] ?? customer)))
      await vi
        .waitUntil(() => customers.every(({ isAtRest }) => isAtRest), { timeout: 30_000 })
        .catch(() => {})
      for (const customer of customers) customer.check()
      const failures = customers.flatMap(({ failures }) => failures)
      const answered = customers.reduce((sum, customer) => sum + customer.answered, 0)
      const resumed = customers.reduce((sum, { line }) => sum + line.resumed, 0)
      console.log(
        `${fleet.kills} kills, ${answered} calls answered, ${resumed} streams resumed, ${failures.length} calls lost`,
      )

      expect(customers.flatMap(({ wrong }) => wrong)).toEqual([])
      expect(failures.filter(({ call, error }) => !fleet.lost(call) || !isClear(error))).toEqual([])
      expect(Math.min(fleet.kills, answered, resumed)).toBeGreaterThan(0)
      await Promise.all(customers.map((customer) => customer.leave()))
      expect(await redis.ask('KEYS', '*:session:*')).toEqual([])
    },
    (SECONDS + 300) * 1000,
  )
})

const isClear = ({ message }: Error): boolean => LOST.some((text) => message.includes(text))
