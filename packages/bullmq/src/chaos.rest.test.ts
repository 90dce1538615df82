import { setTimeout as sleep } from 'node:timers/promises'
import { Random, readSeed } from '@portico-example/testing/random'
import { afterAll, expect, it } from 'vitest'
import { ChaosClient } from './testing/chaos-client.ts'
import { ChaosProcess } from './testing/chaos-process.ts'
import { describeRedis, useRedis } from './testing/redis.ts'

const SEED = readSeed('tasks on nodes and workers that are killed')
const TASKS = 100
const MAX_KILLS = 10

describeRedis('three nodes and three workers that are killed at random', () => {
  const server = useRedis()
  const processes: ChaosProcess[] = []
  afterAll(async () => {
    await Promise.all(processes.map((one) => one.kill()))
  })

  it(`end every task, ask once, and do each effect once (CHAOS_SEED=${SEED})`, async () => {
    const random = new Random(SEED)
    const roles = ['node', 'node', 'node', 'worker', 'worker', 'worker'] as const
    processes.push(...(await Promise.all(roles.map((role) => ChaosProcess.start(role, server().url)))))
    const client = new ChaosClient(
      processes.filter(({ role }) => role === 'node'),
      new Random(SEED + 1),
    )

    let isOver = false
    let kills = 0
    const restarts: Promise<void>[] = []
    const kill = async (): Promise<void> => {
      await sleep(300 + random.below(600))
      const ready = processes.filter(
        ({ role, isReady }) => isReady && role === (kills % 2 ? 'node' : 'worker'),
      )
      // The last one of its role goes on, so that the test comes to its end.
      if (isOver || ready.length < 2) return
      const doomed = random.pick(ready)
      await doomed.kill()
      kills++
      restarts.push(random.pause(300).then(() => doomed.start()))
    }
    const murderer = (async () => {
      while (!isOver && kills < MAX_KILLS) await kill()
    })()
    const numbers = Array.from({ length: TASKS }, (_, number) => number)
    const seen: Awaited<ReturnType<ChaosClient['run']>>[] = []
    const work = async (): Promise<void> => {
      for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) {
        await random.pause(1000)
        seen[number] = await client.run(number)
      }
    }
    await Promise.all(Array.from({ length: 20 }, work)).finally(() => {
      isOver = true
    })
    await murderer
    await Promise.all(restarts)

    let begun = 0
    for (const [number, { taskId, status, text, keys, foreign }] of seen.entries()) {
      expect({ number, status, text, questions: keys.size }).toEqual({
        number,
        status: 'completed',
        text: `${number} n${number}`,
        questions: 1,
      })
      for (const error of foreign) expect(error).toMatchObject({ code: -32602 })
      expect(foreign).toHaveLength(2)
      for (const effect of ['reserve', 'charge']) {
        expect(await server().ask('SCARD', `effect:${taskId}:${effect}`)).toBe(1)
        begun += Number(await server().ask('GET', `begun:${taskId}:${effect}`))
      }
    }
    console.log(
      `${kills} processes killed, ${seen.length} tasks completed, ${begun - 2 * TASKS} of ${2 * TASKS} effects begun again with the same idempotency key`,
    )
    expect(kills).toBeGreaterThan(3)
  })
})
