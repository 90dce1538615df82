/** How a run of a job has ended. A job is given back if its worker closes, or its time is over, before it has ended. */
export type RunOutcome = 'ended' | 'failed' | 'given-back'

/** What runs the jobs of a queue in this isolate. */
export interface JobWorker {
  readonly attempts: number
  readonly retryDelayMs: number
  /** Runs a job. Never rejects. */
  run(taskId: string, run: { attempt: number; isLast: boolean; isExhausted: boolean }): Promise<RunOutcome>
}

// The objects of a Worker run its main module, too, which starts the workers when it creates its handler. So the workers
// of their isolate are there when an alarm comes.
const workers = new Map<string, Set<JobWorker>>()

/** Finds the workers of a queue in this isolate. */
export const findWorkers = (queue: string): JobWorker[] => [...(workers.get(queue) ?? [])]

/** Adds a worker. @returns Removes it. */
export function addWorker(queue: string, worker: JobWorker): () => void {
  const all = workers.get(queue) ?? new Set()
  workers.set(queue, all.add(worker))
  return () => {
    all.delete(worker)
    if (all.size === 0 && workers.get(queue) === all) workers.delete(queue)
  }
}
