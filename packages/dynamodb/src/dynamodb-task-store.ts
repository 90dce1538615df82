import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import type { CreateTaskOutcome, StoredTask, TaskLimits, TaskPage, TaskStore } from '@portico-mcp/tasks'
import { type DynamoDBOptions, type Item, TABLE_RULES, Table } from './table.ts'
import { tasksTableName } from './table-name.ts'
import { buildTaskKey, isLiveTask, LIVE_TASK, toTask, toTaskAttributes } from './task-item.ts'
import { TaskOwners } from './task-owners.ts'

/** Options of {@link DynamoDBTaskStore}. */
export interface DynamoDBTaskStoreOptions extends DynamoDBOptions {
  /** Name of the table. @defaultValue the environment variable `DYNAMODB_TASKS_TABLE_NAME`, or `mcp-tasks` */
  tableName?: string | undefined
}

const RULES: Rules<keyof DynamoDBTaskStoreOptions> = { ...TABLE_RULES, tableName: optionRules.string }

/**
 * Stores tasks in a DynamoDB table, one item each: partition key `taskId` (string), `owner`, `createdAt` and `expiresAt`
 * (epoch milliseconds), `version`, `value`, `token` (identifies the last write) and `ttl` (epoch seconds, the table's TTL
 * attribute). The list of an owner's tasks is another item, whose key is `owner`, a space and the owner.
 *
 * The limit of an owner's tasks holds exactly, and is at most 1000. The limit of all tasks is ignored: DynamoDB has no
 * exact count of the items of a table.
 *
 * An expired task does not exist for any method, even if DynamoDB has not deleted it yet. Keep the clocks of all nodes
 * within a second of each other. Every method rejects with a `DynamoDBStoreError` if DynamoDB fails.
 *
 * @example
 * ```ts
 * import { DynamoDBTaskStore } from '@portico-mcp/dynamodb'
 *
 * export const store = new DynamoDBTaskStore({ tableName: 'my-tasks' })
 * ```
 */
export class DynamoDBTaskStore implements TaskStore {
  readonly #table: Table
  readonly #owners: TaskOwners

  /** @throws TypeError or RangeError for an option that is not allowed. */
  constructor(options: DynamoDBTaskStoreOptions = {}) {
    validateOptions('DynamoDBTaskStore', options, RULES)
    this.#table = new Table(tasksTableName(options.tableName), options)
    this.#owners = new TaskOwners(this.#table)
  }

  async createTask(task: StoredTask, { perOwner }: TaskLimits): Promise<CreateTaskOutcome> {
    const token = { S: crypto.randomUUID() }
    const isFree = await this.#table.put({
      Item: { ...buildTaskKey(task.taskId), ...toTaskAttributes(task), token },
      // The SDK may retry a write that has already arrived. The condition then matches its own token.
      ConditionExpression: 'attribute_not_exists(taskId) OR #expiresAt <= :now OR #token = :token',
      ExpressionAttributeNames: { '#expiresAt': 'expiresAt', '#token': 'token' },
      ExpressionAttributeValues: { ':now': { N: String(Date.now()) }, ':token': token },
    })
    if (!isFree) return 'exists'
    // No client has the id of the task yet, so that it can be removed again.
    let isListed = false
    try {
      isListed = await this.#owners.add(task, perOwner)
    } finally {
      if (!isListed) await this.#table.delete({ Key: buildTaskKey(task.taskId) })
    }
    return isListed ? 'created' : 'owner-full'
  }

  async getTask(taskId: string): Promise<StoredTask | undefined> {
    const item = await this.#table.get({ Key: buildTaskKey(taskId) })
    return isLiveTask(item) ? toTask(taskId, item) : undefined
  }

  async updateTask(task: StoredTask): Promise<boolean> {
    const before = await this.#replace(task)
    if (!before) return false
    if (Number(before.expiresAt?.N) !== Number(toTaskAttributes(task).expiresAt?.N)) {
      await this.#owners.refresh(task)
    }
    return true
  }

  async listTasks(
    owner: string,
    { limit, cursor }: { limit: number; cursor?: string | undefined },
  ): Promise<TaskPage> {
    const entries = await this.#owners.list(owner, cursor)
    const page = entries.slice(0, limit)
    const held = await Promise.all(page.map(({ taskId }) => this.getTask(taskId)))
    // A task may have been deleted meanwhile, and its id used by another owner.
    const tasks = held.filter((task) => task !== undefined).filter((task) => task.owner === owner)
    const last = page.at(-1)
    return entries.length > limit && last
      ? { tasks, nextCursor: `${last.createdAt}.${last.taskId}` }
      : { tasks }
  }

  async deleteTask(taskId: string): Promise<void> {
    const Key = buildTaskKey(taskId)
    const item = await this.#table.get({
      Key,
      ProjectionExpression: '#owner',
      ExpressionAttributeNames: { '#owner': 'owner' },
    })
    const owner = item?.owner?.S
    if (owner === undefined) return
    await this.#table.delete({ Key })
    await this.#owners.remove(owner, taskId)
  }

  /** Closes the client, unless it was passed as an option. */
  async close(): Promise<void> {
    this.#table.close()
  }

  /** Resolves with the attributes that have changed, as they were; undefined if the version does not follow. */
  #replace(task: StoredTask): Promise<Item | undefined> {
    const { version, value, expiresAt, ttl } = toTaskAttributes(task)
    return this.#table.updateAndReturn({
      Key: buildTaskKey(task.taskId),
      UpdateExpression:
        'SET #version = :version, #value = :value, #expiresAt = :expiresAt, #ttl = :ttl, #token = :token',
      ConditionExpression: `${LIVE_TASK} AND (#version = :before OR #token = :token)`,
      ExpressionAttributeNames: {
        '#version': 'version',
        '#value': 'value',
        '#expiresAt': 'expiresAt',
        '#ttl': 'ttl',
        '#token': 'token',
      },
      ExpressionAttributeValues: {
        ':version': version,
        ':before': { N: String(task.version - 1) },
        ':value': value,
        ':expiresAt': expiresAt,
        ':ttl': ttl,
        ':token': { S: crypto.randomUUID() },
        ':now': { N: String(Date.now()) },
      },
      ReturnValues: 'UPDATED_OLD',
    })
  }
}
