import { RunningJobs } from './running-jobs.ts'
import type { JobRun, TaskJob, TaskWorker } from './task-queue.ts'

/** What became of a run. A job is given back if its worker closes before the run has ended. */
export type RunOutcome = 'ended' | 'failed' | 'given-back'

/** A worker of an `InProcessQueue`. */
export class InProcessWorker implements TaskWorker {
  readonly #concurrency: number
  readonly #run: (job: TaskJob, run: JobRun) => Promise<void>
  readonly #onerror: (error: unknown) => void
  readonly #onclose: () => void
  readonly #running = new RunningJobs()
  #closing: Promise<void> | undefined

  constructor(
    concurrency: number,
    run: (job: TaskJob, run: JobRun) => Promise<void>,
    onerror: (error: unknown) => void,
    onclose: () => void,
  ) {
    this.#concurrency = concurrency
    this.#run = run
    this.#onerror = onerror
    this.#onclose = onclose
  }

  /** How many more jobs it takes. */
  get room(): number {
    return this.#closing ? 0 : this.#concurrency - this.#running.size
  }

  /** Runs a job. Never rejects. */
  async run(job: TaskJob, attempt: number, isLast: boolean): Promise<RunOutcome> {
    const signal = this.#running.start(job.taskId)
    try {
      await this.#run(job, { signal, attempt, isLast })
      return 'ended'
    } catch (error) {
      if (signal.aborted && this.#closing) return 'given-back'
      this.#onerror(error)
      return 'failed'
    } finally {
      this.#running.end(job.taskId)
    }
  }

  close(options: { drainTimeoutMs?: number | undefined } = {}): Promise<void> {
    if (!this.#closing) {
      this.#onclose()
      this.#closing = this.#running.drain(options.drainTimeoutMs ?? 0).then(() => {})
    }
    return this.#closing
  }
}
