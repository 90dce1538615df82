import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { InProcessWorker } from './in-process-worker.ts'
import type { JobRun, TaskJob, TaskQueue, TaskWorker } from './task-queue.ts'
import { WaitingJobs } from './waiting-jobs.ts'

/** Options of {@link InProcessQueue}. */
export interface InProcessQueueOptions {
  /** How many tasks a worker runs at the same time. @defaultValue 100 */
  concurrency?: number | undefined
  /** How often a task is run that fails because of a defect or an outage, the first time included. @defaultValue 3 */
  attempts?: number | undefined
  /** Milliseconds before the second attempt. They double with each further one, up to a minute. @defaultValue 1000 */
  retryDelayMs?: number | undefined
}

/** A job with what has become of it so far. */
export interface PendingJob {
  readonly job: TaskJob
  /** How often it has been started. */
  readonly starts: number
  /** How many of its runs have failed. */
  readonly failures: number
}

const RULES: Rules<keyof InProcessQueueOptions> = {
  concurrency: optionRules.integerFrom(1),
  attempts: optionRules.integerFrom(1),
  retryDelayMs: optionRules.timerMs(),
}

const MAX_DELAY_MS = 60_000

/**
 * A queue in the memory of this process: its workers run the jobs that are added here. Jobs are lost with the process; use
 * `@portico-mcp/bullmq` for workers that go on with them.
 *
 * @example
 * ```ts
 * import { InProcessQueue } from '@portico-mcp/tasks'
 *
 * export const queue = new InProcessQueue({ concurrency: 4 })
 * ```
 */
export class InProcessQueue implements TaskQueue {
  readonly #concurrency: number
  readonly #attempts: number
  readonly #retryDelayMs: number
  readonly #waiting = new WaitingJobs<PendingJob>()
  readonly #delayed = new Map<string, NodeJS.Timeout>()
  /** The jobs that run, each with the job that was added meanwhile. */
  readonly #running = new Map<string, TaskJob | undefined>()
  readonly #workers = new Set<InProcessWorker>()

  /** @throws TypeError or RangeError for an option that is not allowed. */
  constructor(options: InProcessQueueOptions = {}) {
    validateOptions('InProcessQueue', options, RULES)
    this.#concurrency = options.concurrency ?? 100
    this.#attempts = options.attempts ?? 3
    this.#retryDelayMs = options.retryDelayMs ?? 1000
  }

  async add(job: TaskJob): Promise<void> {
    const { taskId } = job
    if (this.#running.has(taskId)) this.#running.set(taskId, job)
    else if (!this.#delayed.has(taskId)) this.#wait({ job, starts: 0, failures: 0 })
  }

  work(run: (job: TaskJob, run: JobRun) => Promise<void>, onerror: (error: unknown) => void): TaskWorker {
    const worker = new InProcessWorker(this.#concurrency, run, onerror, () => this.#workers.delete(worker))
    this.#workers.add(worker)
    this.#dispatch()
    return worker
  }

  async remove(taskId: string): Promise<void> {
    clearTimeout(this.#delayed.get(taskId))
    this.#delayed.delete(taskId)
    this.#waiting.delete(taskId)
    if (this.#running.has(taskId)) this.#running.set(taskId, undefined)
  }

  async close(): Promise<void> {
    for (const timer of this.#delayed.values()) clearTimeout(timer)
    this.#delayed.clear()
  }

  #wait(pending: PendingJob): void {
    this.#waiting.add(pending.job, pending)
    this.#dispatch()
  }

  /** Hands waiting jobs to the workers that have the most room. */
  #dispatch(): void {
    while (this.#waiting.size > 0) {
      const [worker] = [...this.#workers].filter(({ room }) => room > 0).sort((a, b) => b.room - a.room)
      const pending = worker && this.#waiting.take()
      if (!worker || !pending) return
      this.#running.set(pending.job.taskId, undefined)
      void this.#start(worker, pending)
    }
  }

  async #start(worker: InProcessWorker, { job, starts, failures }: PendingJob): Promise<void> {
    const isLast = failures + 1 >= this.#attempts
    const outcome = await worker.run(job, starts, isLast)
    const { taskId } = job
    const next = this.#running.get(taskId)
    this.#running.delete(taskId)
    if (outcome === 'given-back') this.#wait({ job, starts: starts + 1, failures })
    else if (outcome === 'failed' && !isLast) this.#retry({ job, starts: starts + 1, failures: failures + 1 })
    else if (next) this.#wait({ job: next, starts: 0, failures: 0 })
    this.#dispatch()
  }

  #retry(pending: PendingJob): void {
    const { taskId } = pending.job
    const ms = Math.min(this.#retryDelayMs * 2 ** (pending.failures - 1), MAX_DELAY_MS)
    const timer = setTimeout(() => {
      this.#delayed.delete(taskId)
      this.#wait(pending)
    }, ms)
    this.#delayed.set(taskId, timer)
  }
}
