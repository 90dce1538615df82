import {
  type CreateMcpHandlerOptions,
  createMcpHandler,
  type ExtensionContext,
  type McpServerFactory,
} from '@portico-mcp/core'
import { aroundCall } from './around-call.ts'
import type { Engine } from './engine.ts'
import { TASKS_ID } from './internal-call.ts'
import type { JobRun, TaskJob, TaskQueue, TaskWorker } from './queue/task-queue.ts'
import { end, isFinal, type TaskRecord } from './record/task-record.ts'
import { canResume, takeAnswers } from './run/run-state.ts'
import { TaskRun } from './run/task-run.ts'

/** Options of a worker: those of `createMcpHandler` that concern how a server runs. */
export type WorkerOptions = Pick<CreateMcpHandlerOptions, 'bus' | 'requestState' | 'onerror'>

/** Starts a worker that serves no HTTP. */
export function startWorker(
  engine: Engine,
  factory: McpServerFactory,
  options: WorkerOptions = {},
): TaskWorker {
  const { queue } = engine.settings
  if (!queue) throw new TypeError('tasks.worker: the option queue is required')
  let host: ExtensionContext | undefined
  const handler = createMcpHandler(factory, {
    ...options,
    legacy: 'reject',
    extensions: [
      {
        id: TASKS_ID,
        open: (context) => {
          host = context
          engine.openWorker(context)
        },
        aroundCall: (call, proceed) => aroundCall(engine, call, proceed),
      },
    ],
  })
  const worker = workFor(engine, queue, host as unknown as ExtensionContext)
  return {
    async close(options) {
      await worker.close(options)
      await handler.close()
      await engine.close()
    },
  }
}

/** Takes the jobs of a queue, and runs them with a handler. */
export const workFor = (engine: Engine, queue: TaskQueue, host: ExtensionContext): TaskWorker =>
  queue.work((job, run) => runJob(engine, host, job, run), engine.report)

/** Runs a task until it ends or waits for its client. */
async function runJob(
  engine: Engine,
  host: ExtensionContext,
  { taskId }: TaskJob,
  { signal, attempt, isLast, isExhausted }: JobRun,
): Promise<void> {
  if (isExhausted) return failLastly(engine, taskId)
  let isTakenOver = attempt > 0
  for (;;) {
    const run = await claim(engine, taskId, isTakenOver)
    if (!run) return
    isTakenOver = false
    const giveUp = (): void => void run.lose(new Error('The worker gave the task up'))
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      if (signal.aborted) giveUp()
      else engine.execute(run, host)
      await run.outcome
    } catch (error) {
      if (isLast) await failLastly(engine, taskId)
      throw error
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }
}

/** Takes a task over; undefined if there is nothing to run. */
async function claim(engine: Engine, taskId: string, isTakenOver: boolean): Promise<TaskRun | undefined> {
  const run = crypto.randomUUID()
  const until = Date.now() + engine.settings.leaseMs
  const claimed = await engine.repository.change(taskId, (record) =>
    isRunnable(engine, taskId, record, isTakenOver)
      ? { ...takeAnswers(record), hasNews: undefined, lease: { run, until } }
      : undefined,
  )
  if (!claimed?.isChanged) return undefined
  const started = new TaskRun(engine, taskId, claimed.record, run)
  started.resume()
  return started
}

function isRunnable(engine: Engine, taskId: string, record: TaskRecord, isTakenOver: boolean): boolean {
  if (isFinal(record) || record.isExternal) return false
  const { lease } = record
  // It is running, as a call that has become a task while it was served.
  if (lease && !isTakenOver && (lease.until > Date.now() || engine.runs(taskId, lease.run))) return false
  return record.status !== 'input_required' || (record.hasNews === true && canResume(record))
}

async function failLastly(engine: Engine, taskId: string): Promise<void> {
  const error = { code: -32603, message: 'The task could not be run' }
  await engine.change(taskId, (record) =>
    isFinal(record) ? undefined : end(record, { status: 'failed', error }),
  )
}
