import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { StoredTask } from '@portico-mcp/tasks'
import { DynamoDBStoreError } from './dynamodb-store-error.ts'
import type { Item, Table } from './table.ts'
import { buildOwnerKey, toEnd } from './task-item.ts'

/** A task in the list of its owner. */
export type OwnedTask = Pick<StoredTask, 'taskId' | 'createdAt' | 'expiresAt'>

/** How many tasks the item of an owner can have, whose size DynamoDB limits to 400 kB. */
const MAX_TASKS = 1000

/** How often a change is tried while other nodes change the same list. */
const MAX_ATTEMPTS = 50

/**
 * Keeps the list of each owner's tasks in one item, which is replaced if it has not changed since it was read. So the
 * number of an owner's tasks is exact, however many nodes create them.
 */
export class TaskOwners {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  /** Adds a task. Resolves with `false` if its owner has as many as the limit. */
  async add(task: OwnedTask & { owner: string }, limit: number): Promise<boolean> {
    const most = Math.min(limit, MAX_TASKS)
    return this.#change(task.owner, (tasks) => {
      const others = tasks.filter(({ taskId }) => taskId !== task.taskId)
      return others.length < most ? [...others, task] : undefined
    })
  }

  /** Stores when a task expires now. */
  async refresh(task: OwnedTask & { owner: string }): Promise<void> {
    await this.#change(task.owner, (tasks) => {
      const others = tasks.filter(({ taskId }) => taskId !== task.taskId)
      return others.length < tasks.length ? [...others, task] : undefined
    })
  }

  async remove(owner: string, taskId: string): Promise<void> {
    await this.#change(owner, (tasks) => {
      const others = tasks.filter((task) => task.taskId !== taskId)
      return others.length < tasks.length ? others : undefined
    })
  }

  /** Lists the tasks after a cursor, the newest first; from the first one if the cursor is unknown. */
  async list(owner: string, cursor = ''): Promise<OwnedTask[]> {
    const tasks = readTasks(await this.#table.get({ Key: buildOwnerKey(owner) })).sort(compare)
    const [, createdAt, taskId] = /^(\d{1,16})\.([\x21-\x7e]{1,256})$/.exec(cursor) ?? []
    if (!createdAt || !taskId) return tasks
    const position = { taskId, createdAt: Number(createdAt) }
    return tasks.filter((task) => compare(task, position) > 0)
  }

  /**
   * Replaces a list without what has expired, unless `change` returns undefined.
   *
   * @returns Whether it was replaced.
   */
  async #change(owner: string, change: (tasks: OwnedTask[]) => OwnedTask[] | undefined): Promise<boolean> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const item = await this.#table.get({ Key: buildOwnerKey(owner) })
      const tasks = change(readTasks(item))
      if (!tasks) return false
      if (await this.#replace(owner, tasks, item?.version)) return true
      await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(10 * attempt, 100)))
    }
    const message = `Others kept writing to the tasks of an owner in table ${this.#table.name}`
    throw new DynamoDBStoreError('ContentionError', message)
  }

  #replace(owner: string, tasks: OwnedTask[], before: AttributeValue | undefined): Promise<boolean> {
    const version = { S: crypto.randomUUID() }
    // An empty list expires at once. DynamoDB keeps items whose TTL is more than five years ago.
    const last = tasks.reduce((end, { expiresAt }) => Math.max(end, expiresAt), Date.now())
    return this.#table.put({
      Item: {
        ...buildOwnerKey(owner),
        version,
        tasks: { L: tasks.map(toAttribute) },
        ttl: toEnd(last).ttl,
      },
      // The SDK may retry a write that has already arrived. The condition then matches its own version.
      ConditionExpression: `${before ? '#version = :before' : 'attribute_not_exists(taskId)'} OR #version = :version`,
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: { ':version': version, ...(before && { ':before': before }) },
    })
  }
}

const toAttribute = ({ taskId, createdAt, expiresAt }: OwnedTask): AttributeValue => ({
  L: [{ S: taskId }, { N: String(createdAt) }, toEnd(expiresAt).expiresAt],
})

/** Reads the tasks of a list that have not expired. */
function readTasks(item: Item | undefined): OwnedTask[] {
  return (item?.tasks?.L ?? [])
    .map(({ L: [taskId, createdAt, expiresAt] = [] }) => ({
      taskId: taskId?.S ?? '',
      createdAt: Number(createdAt?.N),
      expiresAt: Number(expiresAt?.N),
    }))
    .filter(({ expiresAt }) => expiresAt > Date.now())
}

type Position = Pick<OwnedTask, 'taskId' | 'createdAt'>

/** Orders the newest first, and those of the same millisecond by their ids. */
const compare = (one: Position, other: Position): number =>
  other.createdAt - one.createdAt || (one.taskId < other.taskId ? 1 : one.taskId > other.taskId ? -1 : 0)
