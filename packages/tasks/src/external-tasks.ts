import type { CallToolResult, Result } from '@modelcontextprotocol/sdk/types.js'
import type { HandlerExtra, ServerRequest } from '@portico-mcp/core'
import { findRequestContext } from '@portico-mcp/core/internal'
import { type CreateTaskOptions, findSlot } from './call-slot.ts'
import type { Engine } from './engine.ts'
import { notDeclared } from './internal-call.ts'
import { addQuestions, isFinal } from './record/task-record.ts'

/** A task that is ended from elsewhere. */
export interface TaskHandle {
  /** Pass it to the job that does the work: whatever has it ends the task with `complete` or `fail`. */
  readonly id: string
  /** A result for the handler to return. The client does not get it, since it gets the task. */
  readonly result: CallToolResult
}

const POLL_MS = 1000

/** Makes the call of a handler a task that is ended from elsewhere. */
export async function createTask(
  engine: Engine,
  extra: HandlerExtra,
  options: CreateTaskOptions = {},
): Promise<TaskHandle> {
  const slot = findSlot('tasks.create', extra)
  if (!slot) throw refuse(engine, extra)
  const { taskId } = await slot.createTask(options)
  return { id: taskId, result: { content: [] } }
}

/** Refuses a call that was left to the server, because its client does not declare the extension. */
function refuse(engine: Engine, extra: HandlerExtra): Error {
  const context = findRequestContext('tasks.create', extra)
  if (!context || !engine.isOpen)
    return new TypeError('tasks.create: the handler must be called by a handler with this extension')
  context.refusal = notDeclared('The call')
  return context.refusal
}

/** Asks the client of a task, and resolves with the answers. */
export async function ask(
  engine: Engine,
  taskId: string,
  requests: Readonly<Record<string, ServerRequest>>,
): Promise<Record<string, Result>> {
  const names = Object.keys(requests)
  const added = Object.values(requests).map((request) => ({
    request,
    digest: `asked ${crypto.randomUUID()}`,
  }))
  const changed = await engine.changeFromOutside(taskId, (record) =>
    isFinal(record) ? undefined : addQuestions(record, added),
  )
  if (!changed?.isChanged) throw new Error('tasks.ask: there is no such task, or it has ended')
  const keys = changed.record.questions.slice(-added.length).map(({ key }) => key)
  for (;;) {
    const record = await engine.repository.get(taskId)
    if (!record || isFinal(record)) throw new Error('tasks.ask: the task ended before it was answered')
    const answers = keys.map((key) => record.questions.find((question) => question.key === key)?.result)
    if (answers.every((answer) => answer !== undefined)) {
      return Object.fromEntries(names.map((name, index) => [name, answers[index] as Result]))
    }
    await engine.changes.next(taskId, POLL_MS)
  }
}
