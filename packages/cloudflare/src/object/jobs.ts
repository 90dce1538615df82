import { findWorkers } from '../job-workers.ts'
import type { ObjectHost } from './host.ts'

/** Operations on the job of one task. */
export interface JobsApi {
  /** @param queue - The name of the queue, whose workers run the job. */
  addJob(queue: string, taskId: string): null
  /** Removes a job that does not run. One that runs is not run again. */
  removeJob(taskId: string): null
}

/** A {@link JobsApi} with what the object itself needs. */
export interface Jobs extends JobsApi {
  /** Runs the job if it is due. Resolves with when to call it again, in milliseconds since the epoch. */
  run(): Promise<number | undefined>
}

interface Row {
  task_id: string
  queue: string
  due_at: number
  starts: number
  failures: number
  /** Whether the job was added again while it ran. */
  again: number
}

const COLUMNS = `task_id TEXT PRIMARY KEY, queue TEXT NOT NULL, due_at INTEGER NOT NULL, starts INTEGER NOT NULL,
  failures INTEGER NOT NULL, again INTEGER NOT NULL`

/** Milliseconds that a job is kept. Tasks live for 30 days at most. */
const KEPT_MS = 31 * 86_400_000
/** Milliseconds after which a job is tried again for which this isolate has no worker. */
const NO_WORKER_MS = 1000
/** The number of runs that may end without an answer, as with an isolate that needs too much memory. */
const MAX_STALLS = 5
const MAX_DELAY_MS = 60_000

export function createJobs(host: ObjectHost): Jobs {
  const table = host.table('jobs', COLUMNS)
  const running = new Set<string>()

  const begin = (queue: string, taskId: string): void => {
    const now = Date.now()
    table.write(
      `INSERT OR REPLACE INTO jobs (task_id, queue, due_at, starts, failures, again, expires_at)
        VALUES (?, ?, ?, 0, 0, 0, ?)`,
      ...[taskId, queue, now, now + KEPT_MS],
    )
    host.wakeAt(now)
  }

  const find = (): Row | undefined => table.read<Row>('SELECT * FROM jobs ORDER BY due_at')[0]

  /** Ends a run. The job runs again at `dueAt`, or because it was added meanwhile. */
  function finish({ task_id: taskId, queue }: Row, dueAt: number | undefined, hasFailed: boolean): void {
    const [now] = table.read<Row>('SELECT * FROM jobs WHERE task_id = ?', taskId)
    if (!now) return
    if (dueAt !== undefined) {
      table.read(
        'UPDATE jobs SET due_at = ?, failures = failures + ? WHERE task_id = ?',
        ...[dueAt, hasFailed ? 1 : 0, taskId],
      )
    } else if (now.again === 1) begin(queue, taskId)
    else table.read('DELETE FROM jobs WHERE task_id = ?', taskId)
  }

  return {
    addJob(queue, taskId) {
      const [row] = table.read<Row>('SELECT * FROM jobs WHERE task_id = ?', taskId)
      if (!row) begin(queue, taskId)
      else if (!running.has(taskId)) host.wakeAt(row.due_at)
      else table.read('UPDATE jobs SET again = 1 WHERE task_id = ?', taskId)
      return null
    },
    removeJob(taskId) {
      if (running.has(taskId)) table.read('UPDATE jobs SET again = 0 WHERE task_id = ?', taskId)
      else table.read('DELETE FROM jobs WHERE task_id = ?', taskId)
      return null
    },
    async run() {
      const row = find()
      if (!row || running.has(row.task_id)) return undefined
      if (row.due_at > Date.now()) return row.due_at
      const [worker] = findWorkers(row.queue)
      if (!worker) return Date.now() + NO_WORKER_MS
      const { task_id: taskId, starts, failures } = row
      // It is stored before the run, so that a run that ends with its isolate counts.
      table.read('UPDATE jobs SET starts = starts + 1 WHERE task_id = ?', taskId)
      running.add(taskId)
      const isLast = failures + 1 >= worker.attempts
      const isExhausted = starts - failures > MAX_STALLS
      const outcome = await worker.run(taskId, { attempt: starts, isLast, isExhausted })
      running.delete(taskId)
      const delayMs = Math.min(worker.retryDelayMs * 2 ** failures, MAX_DELAY_MS)
      if (outcome === 'given-back') finish(row, Date.now(), false)
      else if (outcome === 'failed' && !isLast) finish(row, Date.now() + delayMs, true)
      else finish(row, undefined, false)
      return find()?.due_at
    },
  }
}
