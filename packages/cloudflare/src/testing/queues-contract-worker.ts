import { env } from 'cloudflare:workers'
import { taskQueueContract } from '@portico-mcp/tasks/contract'
import { type QueueBatch, type QueueProducer, type QueuesTaskQueue, queuesTaskQueue } from '../index.ts'

const { TASKS } = env as unknown as { TASKS: QueueProducer }

/** The queue of each case. All cases share one queue of the platform, whose messages name their case. */
const queues = new Map<string, QueuesTaskQueue>()

function openQueue(id: string): QueuesTaskQueue {
  const producer = { send: (job: object) => TASKS.send({ ...job, case: id }) }
  const queue = queuesTaskQueue(producer as QueueProducer, { attempts: 3, retryDelayMs: 0 })
  queues.set(id, queue)
  return queue
}

async function runCase(id: string): Promise<string> {
  const found = taskQueueContract.find((one) => one.id === id)
  const queue = openQueue(id)
  try {
    await found?.run({ queue, other: queue, attempts: 3, concurrency: 2 })
    return 'passed'
  } catch (error) {
    return String(error)
  }
}

export default {
  fetch: async (request: Request): Promise<Response> =>
    new Response(await runCase(new URL(request.url).searchParams.get('id') ?? '')),
  queue: async ({ messages }: QueueBatch): Promise<void> => {
    await Promise.all(
      messages.map(async (message) => {
        const queue = queues.get((message.body as { case: string }).case)
        await queue?.consume({ messages: [message] })
      }),
    )
  },
}
