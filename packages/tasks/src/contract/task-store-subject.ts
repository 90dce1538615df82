import { type ContractCase, newId } from '@portico-mcp/core/internal'
import type { StoredTask, TaskLimits, TaskPage, TaskStore } from '../store/task-store.ts'

/** What the cases of `taskStoreContract` run against. */
export interface TaskStoreSubject {
  store: TaskStore
  /** Another client of the same storage, as another node has; the same object for a store in memory. */
  other: TaskStore
  /** A store whose storage cannot be reached. Leave it out for a store that can always be reached. */
  unreachable?: TaskStore
  /** Creates a store without tasks. Leave it out for a store that ignores the limit of all tasks. */
  createEmpty?(): TaskStore
  /** Milliseconds that a task of these cases lives; enough for a few calls. */
  ttlMs: number
  /** Lets time pass. */
  pass(ms: number): Promise<void>
}

/** A case of `taskStoreContract`. */
export type TaskStoreCase = ContractCase<TaskStoreSubject>

export const DAY_MS = 86_400_000

/** Limits that no case reaches. */
export const MANY: TaskLimits = { perOwner: 500, total: 1_000_000 }

/** Creates a task that lives for a day, with a new id and a new owner unless they are given. */
export function newTask(members: Partial<StoredTask> = {}): StoredTask {
  const createdAt = Date.now()
  return {
    taskId: newId(),
    owner: newId(),
    version: 0,
    createdAt,
    expiresAt: createdAt + DAY_MS,
    value: 'new',
    ...members,
  }
}

/** The next version of a task. */
export const changed = (task: StoredTask, members: Partial<StoredTask> = {}): StoredTask => ({
  ...task,
  version: task.version + 1,
  value: `${task.value} and changed`,
  ...members,
})

/** The members of a stored task that the interface names. */
export function pick(task: StoredTask | undefined | null): StoredTask | undefined {
  if (!task) return undefined
  const { taskId, owner, version, createdAt, expiresAt, value } = task
  return { taskId, owner, version, createdAt, expiresAt, value }
}

/** Reads a task. */
export const read = async (store: TaskStore, taskId: string): Promise<StoredTask | undefined> =>
  pick(await store.getTask(taskId))

/** Reads the pages of an owner's list, one after the other. */
export async function* readPages(
  store: TaskStore,
  owner: string,
  limit: number,
): AsyncGenerator<readonly StoredTask[]> {
  let cursor: string | undefined
  do {
    const page: TaskPage = await store.listTasks(owner, { limit, cursor })
    if (page.tasks.length > limit)
      throw new Error(`expected ${limit} tasks at most, got ${page.tasks.length}`)
    yield page.tasks
    cursor = page.nextCursor
  } while (cursor !== undefined)
}

/** Reads the ids of an owner's whole list. */
export async function listIds(store: TaskStore, owner: string, limit = 100): Promise<string[]> {
  const ids: string[] = []
  for await (const tasks of readPages(store, owner, limit)) ids.push(...tasks.map(({ taskId }) => taskId))
  return ids
}
