/** The request to run a task, or to go on with it. Everything else of the task is in the store. */
export interface TaskJob {
  readonly taskId: string
  /** The job of a higher priority runs first. @defaultValue 0 */
  readonly priority?: number | undefined
}

/** A run of a job by a worker. */
export interface JobRun {
  /** Aborts when the worker must give the job up: it stops, or has lost the job to another worker. */
  readonly signal: AbortSignal
  /** How many times the job has been started before this time. */
  readonly attempt: number
  /** Whether the queue starts no other run if this one throws. */
  readonly isLast: boolean
  /**
   * Whether workers have died with this job more often than the queue allows. The run then ends the task as failed
   * instead of going on with it. @defaultValue false
   */
  readonly isExhausted?: boolean | undefined
}

/** Takes the jobs of a queue until it is closed. */
export interface TaskWorker {
  /**
   * Takes no more jobs, and resolves once the running ones have ended. After `drainTimeoutMs` their signals abort, and
   * the queue gives them to other workers. @defaultValue 0
   */
  close(options?: { drainTimeoutMs?: number | undefined }): Promise<void>
}

/**
 * Hands tasks to workers. A job is run at least once: a worker that dies is noticed, and another one runs the job again.
 * A task has one job at a time.
 *
 * To test an implementation, run `taskQueueContract` of `@portico-mcp/tasks/contract`.
 */
export interface TaskQueue {
  /**
   * Resolves once the job is stored durably. A second job of a task that has one waiting is the same job. If the job of
   * the task runs already, it is run once more after that.
   */
  add(job: TaskJob): Promise<void>
  /**
   * Starts a worker in this process.
   *
   * @param run - Runs a job; resolves once the task has ended or waits for its client. If it throws, the queue runs the
   *   job again, as its retries allow.
   */
  work(run: (job: TaskJob, run: JobRun) => Promise<void>, onerror: (error: unknown) => void): TaskWorker
  /** Removes a job that no worker has begun. */
  remove(taskId: string): Promise<void>
  /** Closes connections that the queue has opened itself. */
  close?(): Promise<void>
}
