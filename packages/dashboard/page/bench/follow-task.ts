import { request } from '../access.ts'
import type { Question, Reply } from '../protocol/messages.ts'

/** The extension of long-running calls (2026-07-28). */
export const TASKS = 'io.modelcontextprotocol/tasks'
export const TASK_EXTENSIONS = { [TASKS]: {} }

/** A task, as its server describes it. */
export interface Task {
  taskId: string
  status: 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled'
  statusMessage?: string
  pollIntervalMs?: number
  inputRequests?: Record<string, Question>
  result?: any
  error?: any
}

interface Follower {
  signal: AbortSignal
  onchange(task: Task): void
  /** Answers what the task asks. */
  ask(questions: Record<string, Question>): Promise<Record<string, object>>
  onmessage(direction: 'sent' | 'received', message: unknown): void
}

const DEFAULT_INTERVAL_MS = 1000
const SHORTEST_INTERVAL_MS = 100
const LONGEST_INTERVAL_MS = 10_000

/** Polls a task until it has ended, and returns what its call would have replied; undefined if it was cancelled. */
export async function followTask(created: Task, follower: Follower): Promise<Reply | undefined> {
  const { signal, onmessage } = follower
  const { taskId } = created
  const answered = new Set<string>()
  let task = created
  for (;;) {
    follower.onchange(task)
    if (task.status === 'cancelled') return undefined
    if (task.status === 'completed') return { status: 200, result: task.result }
    if (task.status === 'failed') return { status: 200, error: task.error }
    const open = Object.entries(task.inputRequests ?? {}).filter(([key]) => !answered.has(key))
    if (task.status === 'input_required' && open.length > 0) {
      const inputResponses = await follower.ask(Object.fromEntries(open))
      for (const [key] of open) answered.add(key)
      await send('tasks/update', { taskId, inputResponses }, { signal, onmessage })
    } else await wait(task.pollIntervalMs, signal)
    task = await send('tasks/get', { taskId }, { signal, onmessage })
  }
}

/** Asks the server to cancel a task. It may finish all the same. */
export const cancelTask = (taskId: string, onmessage: Follower['onmessage']): Promise<unknown> =>
  send('tasks/cancel', { taskId }, { onmessage })

async function send(method: string, params: object, options: object): Promise<any> {
  const { result, error } = await request(method, params, { ...options, extensions: TASK_EXTENSIONS })
  if (error) throw new Error(error.message)
  return result
}

function wait(intervalMs: number = DEFAULT_INTERVAL_MS, signal: AbortSignal): Promise<void> {
  const ms = Math.min(LONGEST_INTERVAL_MS, Math.max(SHORTEST_INTERVAL_MS, intervalMs))
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })
}
