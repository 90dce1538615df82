import type { TaskJob } from '@portico-mcp/tasks'
import { Queue } from 'bullmq'
import { BullmqQueueError, toQueueError } from './bullmq-queue-error.ts'
import { JOB_NAME, type JobData, toBullmqPriority } from './job-data.ts'
import type { Settings } from './options.ts'

/** Adds and removes jobs. It connects at the first use. */
export class JobProducer {
  readonly #settings: Settings
  #queue: Queue<JobData> | undefined
  #isClosed = false
  /** Whether an error has been reported since the last success. BullMQ emits one at every attempt to connect. */
  #isDown = false

  constructor(settings: Settings) {
    this.#settings = settings
  }

  async add({ taskId, priority = 0 }: TaskJob): Promise<void> {
    const { attempts, backoff, removeOnComplete, removeOnFail } = this.#settings
    await this.#within((queue) =>
      queue.add(
        JOB_NAME,
        { taskId },
        {
          attempts,
          backoff,
          removeOnComplete,
          removeOnFail,
          priority: toBullmqPriority(priority),
          // A task has one job. A job that is added while it runs is kept until the run has ended.
          deduplication: { id: taskId, keepLastIfActive: true },
          // Stack traces of runs may contain what a handler works on.
          stackTraceLimit: 0,
        },
      ),
    )
  }

  async remove(taskId: string): Promise<void> {
    await this.#within(async (queue) => {
      const jobId = await queue.getDeduplicationJobId(taskId)
      if (jobId) await queue.remove(jobId)
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#queue?.close()
  }

  #open(): Queue<JobData> {
    if (this.#queue) return this.#queue
    const { name, connection, prefix, telemetry, report } = this.#settings
    const queue = new Queue<JobData>(name, { connection, prefix, ...(telemetry && { telemetry }) })
    // Without a listener, the error event would end the process.
    queue.on('error', (error) => {
      if (!this.#isDown && !this.#isClosed) report(toQueueError(error))
      this.#isDown = true
    })
    this.#queue = queue
    return queue
  }

  /** @throws BullmqQueueError if Redis cannot be reached, or does not answer in time. */
  async #within<Result>(command: (queue: Queue<JobData>) => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw new BullmqQueueError('queue-closed', 'The queue is closed')
    const { timeoutMs } = this.#settings
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const message = `The queue did not answer within ${timeoutMs} ms: Redis may be unreachable`
      timer = setTimeout(() => reject(new BullmqQueueError('queue-timeout', message)), timeoutMs)
    })
    try {
      const result = await Promise.race([command(this.#open()), late])
      this.#isDown = false
      return result
    } catch (error) {
      throw toQueueError(error)
    } finally {
      clearTimeout(timer)
    }
  }
}
