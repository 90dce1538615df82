import type { TaskJob } from './task-queue.ts'

/** Jobs in the order in which they run: the highest priority first, equal ones as they came. */
export class WaitingJobs<Entry> {
  /** The jobs of each priority, by the ids of their tasks. */
  readonly #priorities = new Map<number, Map<string, Entry>>()
  readonly #priorityOf = new Map<string, number>()

  get size(): number {
    return this.#priorityOf.size
  }

  /** Adds a job, unless its task has one already. */
  add({ taskId, priority = 0 }: TaskJob, entry: Entry): void {
    if (this.#priorityOf.has(taskId)) return
    const jobs = this.#priorities.get(priority) ?? new Map<string, Entry>()
    this.#priorities.set(priority, jobs.set(taskId, entry))
    this.#priorityOf.set(taskId, priority)
  }

  /** Removes the first job and returns it. */
  take(): Entry | undefined {
    if (this.size === 0) return undefined
    const highest = Math.max(...this.#priorities.keys())
    const [first] = this.#priorities.get(highest) ?? []
    if (!first) return undefined
    this.delete(first[0])
    return first[1]
  }

  delete(taskId: string): void {
    const priority = this.#priorityOf.get(taskId)
    if (priority === undefined) return
    this.#priorityOf.delete(taskId)
    const jobs = this.#priorities.get(priority)
    jobs?.delete(taskId)
    if (jobs?.size === 0) this.#priorities.delete(priority)
  }
}
