import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { StoredTask } from '@portico-mcp/tasks'
import type { Item } from './table.ts'

/** The key of an item. A type, since an interface is not assignable to the SDK's `Record`. */
export type TaskKey = { taskId: AttributeValue }

type TaskAttributes = Record<
  'owner' | 'version' | 'createdAt' | 'value' | 'expiresAt' | 'ttl',
  AttributeValue
>

/** The latest time of expiry: the largest of a `Date`. */
const MAX_TIME = 8.64e15

/** The condition that a task exists and has not expired. */
export const LIVE_TASK = '#expiresAt > :now'

/** @throws TypeError if the id is not 1 to 256 characters of visible ASCII. */
export function buildTaskKey(taskId: string): TaskKey {
  if (/^[\x21-\x7e]{1,256}$/.test(taskId)) return { taskId: { S: taskId } }
  throw new TypeError('A task id is 1 to 256 characters of visible ASCII')
}

/** The key of the list of an owner's tasks. No task has it, since no task id holds a space. */
export function buildOwnerKey(owner: string): TaskKey {
  return { taskId: { S: `owner ${owner}` } }
}

/** Tells whether a task has not expired. DynamoDB deletes expired items up to days later. */
export function isLiveTask(item: Item | undefined): item is Item {
  return Number(item?.expiresAt?.N) > Date.now()
}

/** Converts a time of expiry to the attribute that no task exists beyond, and to the TTL attribute of the table. */
export function toEnd(expiresAt: number): { expiresAt: AttributeValue; ttl: AttributeValue } {
  const end = Math.min(expiresAt, MAX_TIME)
  return { expiresAt: { N: String(end) }, ttl: { N: String(Math.ceil(end / 1000)) } }
}

export const toTaskAttributes = ({
  owner,
  version,
  createdAt,
  expiresAt,
  value,
}: StoredTask): TaskAttributes => ({
  owner: { S: owner },
  version: { N: String(version) },
  createdAt: { N: String(createdAt) },
  value: { S: value },
  ...toEnd(expiresAt),
})

export const toTask = (
  taskId: string,
  { owner, version, createdAt, expiresAt, value }: Item,
): StoredTask => ({
  taskId,
  owner: owner?.S ?? '',
  version: Number(version?.N),
  createdAt: Number(createdAt?.N),
  expiresAt: Number(expiresAt?.N),
  value: value?.S ?? '',
})
