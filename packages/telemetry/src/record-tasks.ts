import { attempt } from './attempt.ts'
import { loadOpenTelemetry } from './open-telemetry-api.ts'
import { type Recorder, recorderFinder } from './recorder.ts'
import { clip, knownNames, type Names, OTHER } from './series-names.ts'

/** A change of a task's status, as `onstatus` of `@portico-mcp/tasks` gets it. */
export interface TaskChange {
  readonly taskId: string
  readonly tool: string
  readonly status: string
  /** When the task was created, in milliseconds since the epoch. */
  readonly createdAt: number
  readonly errorCode?: number | undefined
  readonly isToolError?: boolean | undefined
}

const FINAL = new Set(['completed', 'failed', 'cancelled'])

/**
 * Records the life of tasks: a counter of the changes of their status, a histogram of how long they took, and a span from
 * the creation of each task to its end. Every process that has `tasks()` needs it, since each records what it changes
 * itself. Neither arguments, results nor error messages are recorded.
 *
 * @param toolNames - Tools that have their own series and span name. All others count as `_OTHER`.
 *   @defaultValue those that have completed a task, up to 200
 * @returns The option `onstatus` of `tasks()`.
 *
 * @example
 * ```ts
 * import { tasks } from '@portico-mcp/tasks'
 * import { recordTasks } from '@portico-mcp/telemetry'
 *
 * export const extension = tasks({ promoteAfterMs: 10_000, onstatus: recordTasks() })
 * ```
 */
export function recordTasks(toolNames?: readonly string[]): (change: TaskChange) => void {
  const names = knownNames(toolNames)
  let findRecorder: (() => Recorder | undefined) | undefined
  const waiting: TaskChange[] = []
  let isLoading = true
  const note = (change: TaskChange): void => {
    const recorder = findRecorder?.()
    if (recorder) attempt(recorder.api, () => record(recorder, names, change))
  }
  void loadOpenTelemetry().then((api) => {
    findRecorder = api && recorderFinder(api)
    isLoading = false
    for (const change of waiting.splice(0)) note(change)
  })
  return (change) => {
    if (isLoading) waiting.push(change)
    else note(change)
  }
}

function record(
  { api, tracer, taskChanges, taskDuration }: Recorder,
  names: Names,
  { taskId, tool, status, createdAt, errorCode, isToolError }: TaskChange,
): void {
  // A tool that does not exist completes its task with an error.
  if (status === 'completed' && !isToolError) names.learn(tool)
  const name = names.nameOf(tool)
  const attributes = { 'gen_ai.tool.name': name, 'portico.task.status': status }
  taskChanges.add(1, attributes)
  if (!FINAL.has(status)) return
  taskDuration.record((Date.now() - createdAt) / 1000, attributes)
  const span = tracer.startSpan(
    name === OTHER ? 'task' : `task ${name}`,
    {
      startTime: createdAt,
      attributes: {
        ...attributes,
        'portico.task.id': clip(taskId),
        ...(errorCode !== undefined && { 'error.type': String(errorCode) }),
        ...(isToolError && { 'error.type': 'tool_error' }),
      },
    },
    api.ROOT_CONTEXT,
  )
  if (status === 'failed' || isToolError) span.setStatus({ code: api.SpanStatusCode.ERROR })
  span.end()
}
