import type { CreateTaskOutcome, StoredTask, TaskLimits, TaskPage, TaskStore } from './task-store.ts'

const SWEEP_MS = 60_000

/** Stores tasks in the memory of one process: they end with it. */
export class InMemoryTaskStore implements TaskStore {
  readonly #tasks = new Map<string, StoredTask>()
  readonly #counts = new Map<string, number>()
  #sweptAt = Date.now()

  async createTask(task: StoredTask, { perOwner, total }: TaskLimits): Promise<CreateTaskOutcome> {
    if (this.#find(task.taskId)) return 'exists'
    const isFull = (): boolean => this.#tasks.size >= total || (this.#counts.get(task.owner) ?? 0) >= perOwner
    // Expired tasks do not count, so they are removed before a task is refused.
    this.#sweep(isFull() ? 0 : SWEEP_MS)
    if ((this.#counts.get(task.owner) ?? 0) >= perOwner) return 'owner-full'
    if (this.#tasks.size >= total) return 'full'
    this.#tasks.set(task.taskId, task)
    this.#count(task.owner, 1)
    return 'created'
  }

  async getTask(taskId: string): Promise<StoredTask | undefined> {
    return this.#find(taskId)
  }

  async updateTask(task: StoredTask): Promise<boolean> {
    const stored = this.#find(task.taskId)
    if (stored?.version !== task.version - 1) return false
    const { owner, createdAt } = stored
    this.#tasks.set(task.taskId, { ...task, owner, createdAt })
    return true
  }

  async listTasks(
    owner: string,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<TaskPage> {
    const own = [...this.#tasks.keys()].flatMap((taskId) => {
      const task = this.#find(taskId)
      return task?.owner === owner ? [task] : []
    })
    own.sort((one, other) => other.createdAt - one.createdAt || (one.taskId < other.taskId ? 1 : -1))
    const after = cursor === undefined ? undefined : readCursor(cursor)
    const rest = after ? own.filter((task) => isAfter(task, after)) : own
    const tasks = rest.slice(0, limit)
    const last = tasks.at(-1)
    return { tasks, nextCursor: last && rest.length > limit ? `${last.createdAt}:${last.taskId}` : undefined }
  }

  async deleteTask(taskId: string): Promise<void> {
    const task = this.#tasks.get(taskId)
    if (task && this.#tasks.delete(taskId)) this.#count(task.owner, -1)
  }

  #find(taskId: string): StoredTask | undefined {
    const task = this.#tasks.get(taskId)
    return task && task.expiresAt > Date.now() ? task : undefined
  }

  #sweep(intervalMs: number): void {
    const now = Date.now()
    if (now - this.#sweptAt < intervalMs) return
    this.#sweptAt = now
    for (const { taskId, owner, expiresAt } of this.#tasks.values()) {
      if (expiresAt <= now && this.#tasks.delete(taskId)) this.#count(owner, -1)
    }
  }

  #count(owner: string, change: number): void {
    const count = (this.#counts.get(owner) ?? 0) + change
    if (count > 0) this.#counts.set(owner, count)
    else this.#counts.delete(owner)
  }
}

type Position = Pick<StoredTask, 'createdAt' | 'taskId'>

/** Reads a cursor; undefined if it is not one of this store. */
export function readCursor(cursor: string): Position | undefined {
  const [, createdAt, taskId = ''] = /^(\d+):(.+)$/s.exec(cursor) ?? []
  return createdAt === undefined ? undefined : { createdAt: Number(createdAt), taskId }
}

/** Whether a task comes after a position in a list with the newest tasks first. */
export const isAfter = (task: Position, { createdAt, taskId }: Position): boolean =>
  task.createdAt < createdAt || (task.createdAt === createdAt && task.taskId < taskId)
