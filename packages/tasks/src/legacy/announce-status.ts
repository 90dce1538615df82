import type { Result } from '@modelcontextprotocol/sdk/types.js'
import type { ExtensionRequest } from '@portico-mcp/core'
import type { Engine } from '../engine.ts'
import { toLegacyForm } from '../record/task-forms.ts'
import { isFinal, type TaskStatus } from '../record/task-record.ts'

/** The longest delay of a timer. */
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * Tells the client of a session what becomes of a task (2025-11-25 tasks, `notifications/tasks/status`), until it has
 * ended. The process that created the task does it; where that has died, the client learns it from `tasks/get`.
 *
 * @param ttlMs - How long the task is kept, in milliseconds.
 */
export function announceStatus(
  { changes }: Engine,
  taskId: string,
  ttlMs: number,
  { notify }: ExtensionRequest,
): void {
  if (!notify) return
  let told: string | undefined
  const end = (): void => {
    clearTimeout(timer)
    unfollow()
  }
  const tell = (task: Result): void => {
    const { status, statusMessage, lastUpdatedAt } = task
    const news = JSON.stringify([status, statusMessage, lastUpdatedAt])
    if (news === told) return
    told = news
    notify({ method: 'notifications/tasks/status', params: toLegacyForm(task) })
    if (isFinal({ status: status as TaskStatus })) end()
  }
  const unfollow = changes.follow(taskId, tell)
  const timer: ReturnType<typeof setTimeout> = setTimeout(end, Math.min(ttlMs, MAX_TIMER_MS))
  ;(timer as { unref?(): void }).unref?.()
}
