import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import type { InProcessQueueOptions, JobRun, TaskJob, TaskQueue, TaskWorker } from '@portico-mcp/tasks'
import { addWorker, type RunOutcome } from '../job-workers.ts'
import { digest } from './names.ts'
import type { Objects } from './objects.ts'

/** Options of `cloudflare().taskQueue`: how often a task is run that fails, and the delay before it is run again. */
export type DurableTaskQueueOptions = Pick<InProcessQueueOptions, 'attempts' | 'retryDelayMs'>

const RULES: Rules<keyof DurableTaskQueueOptions> = {
  attempts: optionRules.integerFrom(1),
  retryDelayMs: optionRules.timerMs(),
}

/** Milliseconds that a run may take: an alarm ends after 15 minutes. */
const MAX_RUN_MS = 14 * 60_000

/** Milliseconds between checks for runs that have not ended. */
const POLL_MS = 20

const nameJobObject = (taskId: string): string => `job:${digest(taskId)}`

/**
 * Runs each task in its own object, which an alarm starts, so that a task goes on after its request and after restarts. The
 * tasks run in the Worker that exports `PorticoObject`, all of them at once: priorities have no effect.
 *
 * A run may take 14 minutes, and is then begun again. `add` and `remove` reject with a `CloudflareError` if the object
 * cannot be reached.
 */
export class DurableTaskQueue implements TaskQueue {
  readonly #objects: Objects
  readonly #name: string
  readonly #attempts: number
  readonly #retryDelayMs: number

  /**
   * @param name - The name of the queue.
   * @throws RangeError if a number is out of range.
   */
  constructor(objects: Objects, name: string, options: DurableTaskQueueOptions = {}) {
    validateOptions('taskQueue', options, RULES)
    this.#objects = objects
    this.#name = name
    this.#attempts = options.attempts ?? 3
    this.#retryDelayMs = options.retryDelayMs ?? 1000
  }

  async add({ taskId }: TaskJob): Promise<void> {
    await this.#objects.call(nameJobObject(taskId), 'addJob', this.#name, taskId)
  }

  async remove(taskId: string): Promise<void> {
    await this.#objects.call(nameJobObject(taskId), 'removeJob', taskId)
  }

  work(run: (job: TaskJob, run: JobRun) => Promise<void>, onerror: (error: unknown) => void): TaskWorker {
    let running = 0
    const start = async (taskId: string, given: Omit<JobRun, 'signal'>): Promise<RunOutcome> => {
      const signal = AbortSignal.timeout(MAX_RUN_MS)
      running++
      try {
        await run({ taskId }, { ...given, signal })
        return 'ended'
      } catch (error) {
        if (signal.aborted) return 'given-back'
        onerror(error)
        return 'failed'
      } finally {
        running--
      }
    }
    const leave = addWorker(this.#name, {
      attempts: this.#attempts,
      retryDelayMs: this.#retryDelayMs,
      run: start,
    })
    return {
      // The signal of a run belongs to its alarm, and cannot be aborted from here.
      async close({ drainTimeoutMs = 0 } = {}) {
        leave()
        const until = Date.now() + drainTimeoutMs
        while (running > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      },
    }
  }
}
