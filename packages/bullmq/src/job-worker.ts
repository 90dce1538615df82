import { toError } from '@portico-mcp/core/internal'
import { type JobRun, RunningJobs, type TaskJob, type TaskWorker } from '@portico-mcp/tasks'
import { type Job, WaitingError, Worker } from 'bullmq'
import { toQueueError } from './bullmq-queue-error.ts'
import type { JobData } from './job-data.ts'
import type { Settings } from './options.ts'

type Run = (job: TaskJob, run: JobRun) => Promise<void>

/** A worker of BullMQ that runs tasks until it is closed. */
export class JobWorker implements TaskWorker {
  readonly #settings: Settings
  readonly #run: Run
  readonly #onerror: (error: unknown) => void
  readonly #worker: Worker<JobData>
  readonly #running = new RunningJobs()
  #closing: Promise<void> | undefined
  #isDown = false

  constructor(settings: Settings, run: Run, onerror: (error: unknown) => void) {
    const { name, connection, prefix, concurrency, stalledIntervalMs, telemetry } = settings
    this.#settings = settings
    this.#run = run
    this.#onerror = onerror
    this.#worker = new Worker<JobData>(name, (job, token) => this.#process(job, token), {
      connection,
      prefix,
      concurrency,
      lockDuration: stalledIntervalMs,
      stalledInterval: stalledIntervalMs / 2,
      // BullMQ would drop the job without a run, and the task would never end. #process counts instead.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      ...(telemetry && { telemetry }),
    })
    this.#worker.on('error', (error) => this.#report(error))
    this.#worker.on('lockRenewalFailed', (jobIds) => {
      const reason = new Error('Another worker has taken the job over')
      for (const jobId of jobIds) this.#running.abort(jobId, reason)
    })
  }

  close({ drainTimeoutMs = 0 }: { drainTimeoutMs?: number | undefined } = {}): Promise<void> {
    this.#closing ??= this.#close(drainTimeoutMs)
    return this.#closing
  }

  async #close(drainTimeoutMs: number): Promise<void> {
    // Takes no more jobs, without waiting for the running ones.
    await this.#worker.pause(true)
    const isIdle = await this.#running.drain(drainTimeoutMs)
    // The lock of a run that has not ended expires, and another worker takes its job.
    await this.#worker.close(!isIdle)
  }

  async #process(job: Job<JobData>, token: string | undefined): Promise<void> {
    // A job that arrives while the worker pauses is still delivered to it.
    if (this.#closing) await giveBack(job, token)
    const { attempts, maxStalls } = this.#settings
    const jobId = String(job.id)
    this.#isDown = false
    const signal = this.#running.start(jobId)
    const isExhausted = job.stalledCounter > maxStalls
    const run: JobRun = {
      signal,
      attempt: job.attemptsStarted - 1,
      isLast: isExhausted || job.attemptsMade + 1 >= (job.opts.attempts ?? attempts),
      isExhausted,
    }
    try {
      await this.#run({ taskId: job.data.taskId }, run)
    } catch (error) {
      await this.#giveUp(job, token, signal, error)
    } finally {
      this.#running.end(jobId)
    }
  }

  /** Gives a job back if its worker closes; otherwise lets BullMQ run it again, as its attempts allow. */
  async #giveUp(
    job: Job<JobData>,
    token: string | undefined,
    signal: AbortSignal,
    error: unknown,
  ): Promise<never> {
    if (signal.aborted && this.#closing) await giveBack(job, token)
    this.#onerror(error)
    // BullMQ stores the message of the error, which may contain what a handler works on.
    throw new Error(`A run of the task failed with ${toError(error).name}`)
  }

  #report(error: Error): void {
    // BullMQ emits an error at every attempt to connect.
    if (!this.#isDown) this.#onerror(toQueueError(error))
    this.#isDown = true
  }
}

/** Lets another worker run a job, without counting an attempt. */
async function giveBack(job: Job<JobData>, token: string | undefined): Promise<never> {
  await job.moveToWait(token)
  throw new WaitingError()
}
