import type { ObjectHost } from './host.ts'

/** A place in a list: the entries after it are older, or as old and of a smaller id. */
export interface ListPlace {
  createdAt: number
  taskId: string
}

/** Operations on the list of the tasks of one owner. */
export interface TaskListApi {
  /** @returns False if the owner has as many tasks as `perOwner` already. */
  addToList(place: ListPlace, expiresAt: number, perOwner: number): boolean
  /** Changes when an entry expires, unless a later version has done so. */
  moveInList(taskId: string, expiresAt: number, version: number): null
  removeFromList(taskId: string): null
  /** @returns The newest entries first, one more than `limit` if there are more. */
  readList(limit: number, after: ListPlace | null): ListPlace[]
}

const COLUMNS = 'task_id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, version INTEGER NOT NULL'

export function createTaskList(host: ObjectHost): TaskListApi {
  const table = host.table('task_list', COLUMNS)

  return {
    addToList({ taskId, createdAt }, expiresAt, perOwner) {
      const [row] = table.read<{ count: number }>(
        'SELECT COUNT(*) AS count FROM task_list WHERE expires_at > ? AND task_id <> ?',
        ...[Date.now(), taskId],
      )
      if ((row?.count ?? 0) >= perOwner) return false
      table.write(
        'INSERT OR REPLACE INTO task_list (task_id, created_at, version, expires_at) VALUES (?, ?, 0, ?)',
        ...[taskId, createdAt, expiresAt],
      )
      host.expectExpiry(expiresAt)
      return true
    },
    moveInList(taskId, expiresAt, version) {
      table.read(
        'UPDATE task_list SET expires_at = ?, version = ? WHERE task_id = ? AND version < ?',
        ...[expiresAt, version, taskId, version],
      )
      host.expectExpiry(expiresAt)
      return null
    },
    removeFromList(taskId) {
      table.read('DELETE FROM task_list WHERE task_id = ?', taskId)
      return null
    },
    readList(limit, after) {
      const { createdAt, taskId } = after ?? { createdAt: Number.MAX_SAFE_INTEGER, taskId: '' }
      return table.read<ListPlace>(
        `SELECT task_id AS taskId, created_at AS createdAt FROM task_list
          WHERE expires_at > ? AND (created_at < ? OR (created_at = ? AND task_id < ?))
          ORDER BY created_at DESC, task_id DESC LIMIT ?`,
        ...[Date.now(), createdAt, createdAt, taskId, limit + 1],
      )
    },
  }
}
