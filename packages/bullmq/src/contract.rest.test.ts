import { describeContract } from '@portico-example/testing/contracts'
import type { TaskQueue } from '@portico-mcp/tasks'
import { taskQueueContract } from '@portico-mcp/tasks/contract'
import { createClient } from 'redis'
import { afterAll, beforeAll } from 'vitest'
import { type BullmqQueueOptions, bullmqQueue } from './index.ts'
import { describeRedis, freePort, useRedis } from './testing/redis.ts'

const CONCURRENT = { concurrent: true }
const LIMITS = { attempts: 3, concurrency: 2 }

describeRedis('on a real Redis', () => {
  const server = useRedis()
  const queues: TaskQueue[] = []
  let nowhere: number

  beforeAll(async () => {
    nowhere = await freePort()
  })
  afterAll(async () => {
    for (const queue of queues) await queue.close?.()
  })

  const open = (options: BullmqQueueOptions): TaskQueue => {
    const queue = bullmqQueue({ backoff: 50, timeoutMs: 1000, ...LIMITS, ...options })
    queues.push(queue)
    return queue
  }

  describeContract(
    'the queue',
    taskQueueContract,
    () => {
      const name = crypto.randomUUID()
      const connection = { url: server().url }
      return {
        queue: open({ connection, name }),
        other: open({ connection, name }),
        unreachable: open({ connection: { url: `redis://127.0.0.1:${nowhere}` }, name }),
        ...LIMITS,
      }
    },
    CONCURRENT,
  )

  describeContract(
    'the queue over a client of `redis`',
    taskQueueContract.filter(({ id }) => ['task-queue/runs', 'task-queue/retries'].includes(id)),
    () => {
      const name = crypto.randomUUID()
      const client = createClient({ url: server().url })
      queues.push({ close: async () => client.destroy() } as TaskQueue)
      return {
        queue: open({ connection: client, name }),
        other: open({ connection: client, name }),
        ...LIMITS,
      }
    },
  )
})
