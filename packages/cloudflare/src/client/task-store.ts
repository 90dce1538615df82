import type { CreateTaskOutcome, StoredTask, TaskLimits, TaskPage, TaskStore } from '@portico-mcp/tasks'
import type { ListPlace } from '../object/task-list.ts'
import { digest } from './names.ts'
import type { Objects } from './objects.ts'

const nameTaskObject = (taskId: string): string => `task:${digest(taskId)}`
const nameListObject = (owner: string): string => `tasks:${digest(owner)}`

const CURSOR = /^(\d{1,15}):([\x21-\x7e]{1,256})$/

/**
 * Stores tasks in Durable Objects, one for each task, and one for the list of each owner. `limits.perOwner` holds exactly.
 * `limits.total` is ignored, since no object knows all tasks. Every method rejects with a `CloudflareError` if an object
 * cannot be reached.
 */
export class DurableTaskStore implements TaskStore {
  readonly #objects: Objects

  constructor(objects: Objects) {
    this.#objects = objects
  }

  async createTask(task: StoredTask, { perOwner }: TaskLimits): Promise<CreateTaskOutcome> {
    const { taskId, owner, createdAt, expiresAt } = task
    const object = nameTaskObject(taskId)
    if (!(await this.#objects.call(object, 'createTask', task))) return 'exists'
    const entry = { taskId, createdAt }
    const list = nameListObject(owner)
    if (await this.#objects.call(list, 'addToList', entry, expiresAt, perOwner)) return 'created'
    await this.#objects.call(object, 'deleteTask', taskId)
    return 'owner-full'
  }

  async getTask(taskId: string): Promise<StoredTask | undefined> {
    return (await this.#objects.call(nameTaskObject(taskId), 'readTask', taskId)) ?? undefined
  }

  async updateTask(task: StoredTask): Promise<boolean> {
    const { taskId, owner, expiresAt, version } = task
    const updated = await this.#objects.call(nameTaskObject(taskId), 'updateTask', task)
    if (updated?.isMoved)
      await this.#objects.call(nameListObject(owner), 'moveInList', taskId, expiresAt, version)
    return updated !== null
  }

  async listTasks(
    owner: string,
    { limit, cursor = '' }: { limit: number; cursor?: string | undefined },
  ): Promise<TaskPage> {
    const entries = await this.#objects.call(nameListObject(owner), 'readList', limit, readCursor(cursor))
    const page = entries.slice(0, limit)
    const found = await Promise.all(page.map(({ taskId }) => this.getTask(taskId)))
    const tasks = found.filter((task) => task?.owner === owner) as StoredTask[]
    const last = page.at(-1)
    if (!last || entries.length <= limit) return { tasks }
    return { tasks, nextCursor: `${last.createdAt}:${last.taskId}` }
  }

  async deleteTask(taskId: string): Promise<void> {
    const owner = await this.#objects.call(nameTaskObject(taskId), 'deleteTask', taskId)
    if (owner !== null) await this.#objects.call(nameListObject(owner), 'removeFromList', taskId)
  }
}

function readCursor(cursor: string): ListPlace | null {
  const [, createdAt, taskId] = CURSOR.exec(cursor) ?? []
  return taskId === undefined ? null : { createdAt: Number(createdAt), taskId }
}
