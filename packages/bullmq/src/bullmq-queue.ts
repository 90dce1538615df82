import type { JobRun, TaskJob, TaskQueue, TaskWorker } from '@portico-mcp/tasks'
import { JobProducer } from './job-producer.ts'
import { JobWorker } from './job-worker.ts'
import { type BullmqQueueOptions, readOptions } from './options.ts'

/**
 * A queue of tasks on BullMQ. A task is a job: any worker process takes it, and if that process dies, another one runs it
 * again. It connects at the first use.
 *
 * BullMQ needs Redis 6.2 or later, with `maxmemory-policy` set to `noeviction`.
 *
 * @param options - See {@link BullmqQueueOptions}.
 * @throws TypeError for an unknown option, a value of the wrong type, or without `connection`.
 * @throws RangeError for a number out of range.
 *
 * @example
 * ```ts
 * import { bullmqQueue } from '@portico-mcp/bullmq'
 *
 * export const queue = bullmqQueue({ connection: { url: process.env.REDIS_URL }, concurrency: 20 })
 * ```
 */
export function bullmqQueue(options: BullmqQueueOptions): TaskQueue {
  const settings = readOptions(options)
  const producer = new JobProducer(settings)
  return {
    add: (job: TaskJob) => producer.add(job),
    remove: (taskId: string) => producer.remove(taskId),
    work: (
      run: (job: TaskJob, run: JobRun) => Promise<void>,
      onerror: (error: unknown) => void,
    ): TaskWorker => new JobWorker(settings, run, onerror),
    close: () => producer.close(),
  }
}
