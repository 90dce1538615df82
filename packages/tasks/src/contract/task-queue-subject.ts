import { type ContractCase, eventually, newId } from '@portico-mcp/core/internal'
import type { JobRun, TaskJob, TaskQueue, TaskWorker } from '../queue/task-queue.ts'

/** What the cases of `taskQueueContract` run against. */
export interface TaskQueueSubject {
  /** A queue that no other case uses. */
  queue: TaskQueue
  /** Another client of the same queue, as another process has; the same object for a queue in memory. */
  other: TaskQueue
  /** A queue that cannot be reached. Leave it out for a queue that can always be reached. */
  unreachable?: TaskQueue
  /** How often the queue starts a job that fails each time: 2 or more, at most a second apart. */
  attempts: number
  /** How many jobs a worker runs at the same time. */
  concurrency: number
}

/** A case of `taskQueueContract`. */
export type TaskQueueCase = ContractCase<TaskQueueSubject>

/** A run that a {@link Recorder} has seen. */
export interface RecordedRun {
  taskId: string
  run: JobRun
  /** Ends the run. */
  end(error?: Error): void
  ended: Promise<void>
}

/** Starts workers, and records what they run. */
export class Recorder {
  readonly runs: RecordedRun[] = []
  readonly errors: unknown[] = []
  readonly workers: TaskWorker[] = []
  /** Whether a job is run by two workers at the same time, at any time. */
  hasOverlap = false
  readonly #running = new Set<string>()
  readonly #isHeld: boolean

  /** @param isHeld - Whether runs last until they are ended. */
  constructor(isHeld = false) {
    this.#isHeld = isHeld
  }

  /** The ids of the tasks in the order in which their runs began. */
  get ids(): string[] {
    return this.runs.map(({ taskId }) => taskId)
  }

  work(queue: TaskQueue): TaskWorker {
    const worker = queue.work(
      (job, run) => this.#record(job, run),
      (error) => void this.errors.push(error),
    )
    this.workers.push(worker)
    return worker
  }

  /** Waits until so many runs have begun. */
  async begun(count: number): Promise<void> {
    await eventually(() => this.runs.length >= count, `${count} runs, there are ${this.runs.length},`)
  }

  /** Ends all runs, and closes all workers. */
  async close(): Promise<void> {
    const closed = this.workers.map((worker) => worker.close({ drainTimeoutMs: 5000 }))
    for (const run of this.runs) run.end()
    await Promise.all(closed)
  }

  async #record({ taskId }: TaskJob, run: JobRun): Promise<void> {
    if (this.#running.has(taskId)) this.hasOverlap = true
    this.#running.add(taskId)
    let end: RecordedRun['end'] = () => {}
    const ended = new Promise<void>((resolve, reject) => {
      end = (error) => (error ? reject(error) : resolve())
    })
    this.runs.push({ taskId, run, end, ended })
    if (!this.#isHeld) end()
    try {
      await ended
    } finally {
      this.#running.delete(taskId)
    }
  }
}

/** Runs a case with a recorder, which is closed at its end. */
export const withRecorder =
  (isHeld: boolean, run: (subject: TaskQueueSubject, recorder: Recorder) => Promise<void>) =>
  async (subject: TaskQueueSubject): Promise<void> => {
    const recorder = new Recorder(isHeld)
    try {
      await run(subject, recorder)
    } finally {
      await recorder.close()
    }
  }

/** Waits as long as a queue would need to start a job that it must not start. */
export const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 150))

/** Adds jobs of new tasks, one after the other, and returns the ids of the tasks. */
export async function addJobs(queue: TaskQueue, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, newId)
  for (const taskId of ids) await queue.add({ taskId })
  return ids
}
