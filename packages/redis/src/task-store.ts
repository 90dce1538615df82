import type { CreateTaskOutcome, StoredTask, TaskLimits, TaskPage, TaskStore } from '@portico-mcp/tasks'
import type { RedisBackend } from './backend.ts'
import { CREATE_TASK, DELETE_TASK, LIST_TASKS, UPDATE_TASK } from './task-scripts.ts'

const FIELDS = ['owner', 'version', 'createdAt', 'expiresAt', 'value']

/** The latest time of expiry of a key: the largest of a `Date`. Redis rejects larger ones than 2^63 - 1. */
const MAX_TIME = 8.64e15

/**
 * Stores tasks in Redis, each in a hash (`<prefix>:tasks:{<prefix>}:task:<id>`) that Redis removes when it expires. Tasks
 * are counted and listed in sorted sets, which expire with their last task. All keys are in one slot of a Cluster, so that
 * the limits hold exactly.
 *
 * Every method rejects with a `RedisError` if Redis cannot be reached.
 *
 * @example
 * ```ts
 * import { RedisConnection, RedisTaskStore } from '@portico-mcp/redis'
 *
 * const redis = new RedisConnection({ url: process.env.REDIS_URL, onerror: console.error })
 * export const store = new RedisTaskStore(redis)
 * ```
 */
export class RedisTaskStore implements TaskStore {
  readonly #redis: RedisBackend
  readonly #base: string

  /** @param redis - The connection, shared with the other stores and the bus. */
  constructor(redis: RedisBackend) {
    this.#redis = redis
    this.#base = `${redis.prefix}:tasks:{${redis.prefix}}`
  }

  async createTask(task: StoredTask, { perOwner, total }: TaskLimits): Promise<CreateTaskOutcome> {
    const { taskId, owner, createdAt, expiresAt, value } = task
    const parameters = [taskId, owner, createdAt, expiresAt, toKeyEnd(expiresAt), value, perOwner, total]
    const outcome = await this.#redis.evaluate(CREATE_TASK, this.#keys(taskId, owner), parameters)
    return outcome as CreateTaskOutcome
  }

  async getTask(taskId: string): Promise<StoredTask | undefined> {
    const fields = await this.#redis.run((client) => client.hmGet(this.#taskKey(taskId), FIELDS))
    const [owner, version, createdAt, expiresAt, value] = fields
    if (typeof owner !== 'string' || typeof value !== 'string') return undefined
    return {
      taskId,
      owner,
      version: Number(version),
      createdAt: Number(createdAt),
      expiresAt: Number(expiresAt),
      value,
    }
  }

  async updateTask({ taskId, owner, version, expiresAt, value }: StoredTask): Promise<boolean> {
    const parameters = [taskId, version - 1, version, expiresAt, toKeyEnd(expiresAt), value]
    return (await this.#redis.evaluate(UPDATE_TASK, this.#keys(taskId, owner), parameters)) === 1
  }

  async listTasks(
    owner: string,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<TaskPage> {
    // One more than a page tells whether there is a next one.
    const parameters = [limit + 1, ...parseCursor(cursor)]
    const reply = (await this.#redis.evaluate(LIST_TASKS, this.#keys('', owner), parameters)) as string[]
    const found = toPairs(reply)
    const page = found.slice(0, limit)
    const tasks = await this.#getOwned(
      owner,
      page.map(([taskId]) => taskId),
    )
    const [lastId, createdAt] = page.at(-1) ?? []
    return found.length > limit ? { tasks, nextCursor: `${createdAt}.${lastId}` } : { tasks }
  }

  async deleteTask(taskId: string): Promise<void> {
    const task = this.#taskKey(taskId)
    const [owner] = await this.#redis.run((client) => client.hmGet(task, ['owner']))
    if (typeof owner !== 'string') return
    await this.#redis.evaluate(DELETE_TASK, this.#keys(taskId, owner), [taskId])
  }

  /** Reads tasks without those that were deleted meanwhile, whose ids another owner may use now. */
  async #getOwned(owner: string, taskIds: readonly string[]): Promise<StoredTask[]> {
    const held = await Promise.all(taskIds.map((taskId) => this.getTask(taskId)))
    return held.flatMap((task) => (task?.owner === owner ? [task] : []))
  }

  #taskKey(taskId: string): string {
    return `${this.#base}:task:${taskId}`
  }

  #keys(taskId: string, owner: string): string[] {
    const base = this.#base
    return [this.#taskKey(taskId), `${base}:ends:${owner}`, `${base}:list:${owner}`, `${base}:all`]
  }
}

const toKeyEnd = (expiresAt: number): number => Math.ceil(Math.min(expiresAt, MAX_TIME))

const toPairs = (items: readonly string[]): [string, string][] =>
  Array.from(
    { length: items.length / 2 },
    (_, index) => [items[2 * index], items[2 * index + 1]] as [string, string],
  )

function parseCursor(cursor = ''): string[] {
  const [, createdAt, taskId] = /^(\d{1,16})\.([\x21-\x7e]{1,256})$/.exec(cursor) ?? []
  return createdAt && taskId ? [createdAt, taskId] : []
}
