import { RELATED_TASK_META_KEY, type Result, type Tool } from '@modelcontextprotocol/sdk/types.js'
import type { ExtensionMethod, ExtensionRequest, LegacyExtension } from '@portico-mcp/core'
import { invalidParams } from '@portico-mcp/core/internal'
import type { Engine } from '../engine.ts'
import { answer, findOwn, mayUse, readTaskId } from '../methods.ts'
import { ANONYMOUS, ownerOf } from '../record/owner.ts'
import { toLegacyTask } from '../record/task-forms.ts'
import { isFinal, openQuestions, type TaskRecord } from '../record/task-record.ts'

const POLL_MS = 1000
const PAGE = 50

/** Creates the part of the extension for clients of 2025-11-25. A task that is not found here may be the server's own. */
export function createLegacy(engine: Engine): LegacyExtension {
  const forTask = (
    handle: (taskId: string, record: TaskRecord, request: ExtensionRequest) => Promise<Result>,
  ): ExtensionMethod => ({
    handle: async (request) => {
      const taskId = readTaskId(request)
      const record = await findOwn(engine, request, taskId)
      return record && handle(taskId, record, request)
    },
  })
  return {
    capabilities: { tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } },
    describeTool: (tool) => describeTool(engine, tool),
    methods: {
      'tasks/get': forTask(async (taskId, record) => toLegacyTask(taskId, record)),
      'tasks/result': forTask((taskId, record, request) => awaitResult(engine, taskId, record, request)),
      'tasks/cancel': forTask((taskId) => cancel(engine, taskId)),
      'tasks/list': { handle: (request) => list(engine, request) },
    },
  }
}

/** Shows in `tools/list` how a tool can be run. */
function describeTool({ findRule, settings }: Engine, tool: Tool): Tool {
  const isUnset = (tool.execution?.taskSupport ?? 'forbidden') === 'forbidden'
  const promoted = isUnset && settings.promoteAfterMs !== undefined ? 'optional' : undefined
  const taskSupport = findRule(tool.name)?.support ?? promoted
  return taskSupport ? { ...tool, execution: { ...tool.execution, taskSupport } } : tool
}

async function cancel(engine: Engine, taskId: string): Promise<Result> {
  const isCancelled = await engine.end(taskId, { status: 'cancelled' })
  const record = await engine.read(taskId)
  if (!isCancelled || !record) throw invalidParams('The task has ended already')
  return toLegacyTask(taskId, record)
}

async function list(engine: Engine, request: ExtensionRequest): Promise<Result | undefined> {
  const owner = ownerOf(request)
  if (owner.key === ANONYMOUS) return { tasks: [] }
  const cursor = request.message.params?.cursor
  const page = await engine.repository.list(owner.key, typeof cursor === 'string' ? cursor : undefined, PAGE)
  const { nextCursor } = page
  const tasks: Result[] = []
  for (const [taskId, record] of page.tasks) {
    if (await mayUse(engine, request, record)) tasks.push(toLegacyTask(taskId, record))
  }
  return { tasks, ...(nextCursor !== undefined && { nextCursor }) }
}

/** Waits until a task has ended. Meanwhile its requests go to the client, where it has a session. */
async function awaitResult(
  engine: Engine,
  taskId: string,
  first: TaskRecord,
  request: ExtensionRequest,
): Promise<Result> {
  const { signal } = request.http
  const asked = new Set<string>()
  let record: TaskRecord | undefined = first
  while (record && !isFinal(record)) {
    if (signal.aborted) throw invalidParams('The request was cancelled')
    for (const question of openQuestions(record)) {
      if (!request.ask || asked.has(question.key)) continue
      asked.add(question.key)
      const { method, params } = question.request
      const _meta = { ...params?._meta, [RELATED_TASK_META_KEY]: { taskId } }
      request
        .ask({ method, params: { ...params, _meta } })
        .then((result) => answer(engine, taskId, { [question.key]: result }))
        .catch((error) => fail(engine, taskId, error))
    }
    await engine.changes.next(taskId, POLL_MS, signal)
    record = await findOwn(engine, request, taskId)
  }
  return toResult(taskId, record)
}

/** Ends a task whose client has answered a request with an error. */
async function fail(engine: Engine, taskId: string, error: unknown): Promise<void> {
  const { code, message } = error as { code?: unknown; message?: unknown }
  const ended = { code: Number.isSafeInteger(code) ? (code as number) : -32603, message: String(message) }
  await engine.end(taskId, { status: 'failed', error: ended }).catch(engine.report)
}

function toResult(taskId: string, record: TaskRecord | undefined): Result {
  if (record?.status === 'failed' && record.error) {
    const { code, message, data } = record.error
    throw Object.assign(new Error(message), { code, data })
  }
  if (record?.status !== 'completed') throw invalidParams('The task has no result')
  const { _meta, ...result } = record.result ?? {}
  return { ...result, _meta: { ..._meta, [RELATED_TASK_META_KEY]: { taskId } } }
}
