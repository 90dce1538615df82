import { optionRules, type Rules, shown, validateOptions } from '@portico-mcp/core/internal'
import type { InProcessQueueOptions, JobRun, TaskJob, TaskQueue, TaskWorker } from '@portico-mcp/tasks'

/** A producer binding of Cloudflare Queues, such as `env.TASKS`. */
export interface QueueProducer {
  send(body: unknown): Promise<unknown>
}

/** A message of Cloudflare Queues. */
export interface QueueMessage {
  readonly body: unknown
  /** How many times it has been delivered, this time included. */
  readonly attempts: number
  ack(): void
  retry(options?: { delaySeconds?: number }): void
}

/** What the `queue` handler of a Worker gets. */
export interface QueueBatch {
  readonly messages: readonly QueueMessage[]
}

/** Options of {@link queuesTaskQueue}: how often a task is run that fails, and the delay before it is run again. */
export type QueuesTaskQueueOptions = Pick<InProcessQueueOptions, 'attempts' | 'retryDelayMs'>

/** A queue of tasks on Cloudflare Queues. */
export interface QueuesTaskQueue extends TaskQueue {
  /** Runs the tasks of a batch, all at once. Call it in the `queue` handler of the Worker. */
  consume(batch: QueueBatch): Promise<void>
}

const RULES: Rules<keyof QueuesTaskQueueOptions> = {
  attempts: optionRules.integerFrom(1, 100),
  retryDelayMs: optionRules.timerMs(),
}

/** Milliseconds that a run may take: a consumer is ended after 15 minutes. */
const MAX_RUN_MS = 14 * 60_000

type Run = Parameters<TaskQueue['work']>[0]

/**
 * Hands tasks to the consumers of a queue of Cloudflare Queues, which bounds how many run at once (`max_concurrency`,
 * `max_batch_size`). Unlike `cloudflare().taskQueue`, whose tasks all run at once, it may deliver a task again that runs
 * already; the store lets one run have it. Set `max_retries` of the consumer to `attempts` or more.
 *
 * A message cannot be taken back: a task that is cancelled before it begins is found ended when its message comes.
 *
 * @param producer - The binding of the queue, such as `env.TASKS`.
 * @throws TypeError for an unknown option, and for a first argument without `send`.
 * @throws RangeError if a number is out of range.
 */
export function queuesTaskQueue(
  producer: QueueProducer,
  options: QueuesTaskQueueOptions = {},
): QueuesTaskQueue {
  validateOptions('queuesTaskQueue', options, RULES)
  if (typeof producer?.send !== 'function') {
    throw new TypeError(
      `queuesTaskQueue: the first argument must be a producer binding of a queue (got ${shown(producer)})`,
    )
  }
  const { attempts = 3, retryDelayMs = 1000 } = options
  const retry = { delaySeconds: Math.ceil(retryDelayMs / 1000) }
  let worker: { run: Run; onerror: (error: unknown) => void } | undefined
  const running = new Set<Promise<void>>()

  async function runMessage(message: QueueMessage): Promise<void> {
    const job = readJob(message.body)
    if (!job) return message.ack()
    // The handler of this Worker has been closed, or is not created in its main module.
    if (!worker) return message.retry(retry)
    const { run, onerror } = worker
    const attempt = message.attempts - 1
    const given: JobRun = {
      attempt,
      isLast: attempt + 1 >= attempts,
      isExhausted: attempt >= attempts,
      signal: AbortSignal.timeout(MAX_RUN_MS),
    }
    try {
      await run(job, given)
      message.ack()
    } catch (error) {
      onerror(error)
      if (given.isLast) message.ack()
      else message.retry(retry)
    }
  }

  return {
    async add({ taskId }) {
      await producer.send({ taskId })
    },
    async remove() {},
    work(run, onerror): TaskWorker {
      const own = { run, onerror }
      worker = own
      return {
        // Runs end with their consumer, whose messages are delivered again.
        async close() {
          if (worker === own) worker = undefined
          await Promise.allSettled(running)
        },
      }
    },
    async consume({ messages }) {
      const all = Promise.all(messages.map(runMessage)).then(() => {})
      running.add(all)
      try {
        await all
      } finally {
        running.delete(all)
      }
    },
  }
}

function readJob(body: unknown): TaskJob | undefined {
  const taskId = (body as Partial<TaskJob> | null)?.taskId
  return typeof taskId === 'string' ? { taskId } : undefined
}
