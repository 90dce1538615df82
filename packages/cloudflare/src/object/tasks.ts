import type { StoredTask } from '@portico-mcp/tasks'
import type { ObjectHost } from './host.ts'

/** Operations on the task of one id. */
export interface TasksApi {
  /** @returns False if there is such a task. */
  createTask(task: StoredTask): boolean
  readTask(taskId: string): StoredTask | null
  /** @returns Null if the version does not follow, or else whether the task expires at another time than before. */
  updateTask(task: StoredTask): { isMoved: boolean } | null
  /** @returns The owner of the task. */
  deleteTask(taskId: string): string | null
}

interface Row {
  task_id: string
  owner: string
  version: number
  created_at: number
  expires_at: number
  value: string
}

const COLUMNS = `task_id TEXT PRIMARY KEY, owner TEXT NOT NULL, version INTEGER NOT NULL,
  created_at INTEGER NOT NULL, value TEXT NOT NULL`

const toTask = (row: Row): StoredTask => ({
  taskId: row.task_id,
  owner: row.owner,
  version: row.version,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  value: row.value,
})

export function createTasks(host: ObjectHost): TasksApi {
  const table = host.table('tasks', COLUMNS)
  const find = (taskId: string): StoredTask | undefined => {
    const sql = 'SELECT * FROM tasks WHERE task_id = ? AND expires_at > ?'
    return table.read<Row>(sql, taskId, Date.now()).map(toTask)[0]
  }
  const store = ({ taskId, owner, version, createdAt, expiresAt, value }: StoredTask): void => {
    table.write(
      `INSERT OR REPLACE INTO tasks (task_id, owner, version, created_at, expires_at, value)
        VALUES (?, ?, ?, ?, ?, ?)`,
      ...[taskId, owner, version, createdAt, expiresAt, value],
    )
    host.expectExpiry(expiresAt)
  }

  return {
    createTask(task) {
      if (find(task.taskId)) return false
      store(task)
      return true
    },
    readTask: (taskId) => find(taskId) ?? null,
    updateTask(task) {
      const found = find(task.taskId)
      if (!found || found.version + 1 !== task.version) return null
      store({ ...task, owner: found.owner, createdAt: found.createdAt })
      return { isMoved: found.expiresAt !== task.expiresAt }
    },
    deleteTask(taskId) {
      const found = find(taskId)
      table.read('DELETE FROM tasks WHERE task_id = ?', taskId)
      return found?.owner ?? null
    },
  }
}
