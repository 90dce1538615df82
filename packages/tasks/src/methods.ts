import {
  CreateMessageResultWithToolsSchema,
  ElicitResultSchema,
  ListRootsResultSchema,
  type Result,
} from '@modelcontextprotocol/sdk/types.js'
import type { ExtensionMethod, ExtensionRequest, ExtensionSubscription } from '@portico-mcp/core'
import { invalidParams, isObject, mayUseTool } from '@portico-mcp/core/internal'
import type { Engine } from './engine.ts'
import { ownerOf } from './record/owner.ts'
import { toDetailed } from './record/task-forms.ts'
import { addAnswers, type TaskRecord } from './record/task-record.ts'

/** Creates the methods of the tasks extension of 2026-07-28. */
export const createMethods = (engine: Engine): Record<string, ExtensionMethod> => ({
  'tasks/get': {
    nameParam: 'taskId',
    handle: async (request) => toDetailed(readTaskId(request), await find(engine, request)),
  },
  'tasks/update': {
    nameParam: 'taskId',
    handle: async (request) => {
      const record = await find(engine, request)
      await update(engine, readTaskId(request), record, request.message.params?.inputResponses)
      return {}
    },
  },
  'tasks/cancel': {
    nameParam: 'taskId',
    handle: async (request) => {
      await find(engine, request)
      await engine.end(readTaskId(request), { status: 'cancelled' })
      return {}
    },
  },
})

const MAX_TASK_IDS = 100

/** Creates the member `taskIds` of the filter of `subscriptions/listen`. */
export const createSubscription = (engine: Engine): ExtensionSubscription => ({
  honor: async (taskIds, request) => {
    const isList = Array.isArray(taskIds) && taskIds.every((taskId) => typeof taskId === 'string')
    if (!isList || taskIds.length > MAX_TASK_IDS) {
      throw invalidParams(`notifications.taskIds must be a list of at most ${MAX_TASK_IDS} strings`)
    }
    const found = await Promise.all(
      [...new Set<string>(taskIds)].map(async (taskId) =>
        (await findOwn(engine, request, taskId)) ? [taskId] : [],
      ),
    )
    return { honored: found.flat(), topics: found.flat() }
  },
})

/** @throws Refusal `invalid-params` if the task is unknown or expired, or belongs to another caller. */
export async function find(engine: Engine, request: ExtensionRequest): Promise<TaskRecord> {
  const record = await findOwn(engine, request, readTaskId(request))
  if (record) return record
  throw invalidParams('Unknown task')
}

/** Finds a task of the caller. */
export async function findOwn(
  engine: Engine,
  request: ExtensionRequest,
  taskId: string,
): Promise<TaskRecord | undefined> {
  if (!isTaskId(taskId)) return undefined
  const record = await engine.read(taskId)
  if (record?.principal !== ownerOf(request).principal) return undefined
  return (await mayUse(engine, request, record, request.http)) ? record : undefined
}

/**
 * Whether the caller of a request may use the tool of a task now.
 *
 * @param http - The request that the scopes are missing for; undefined if the task is left out instead.
 */
export async function mayUse(
  { settings: { authorize } }: Engine,
  request: ExtensionRequest,
  { tool }: TaskRecord,
  http?: Request,
): Promise<boolean> {
  return mayUseTool(request.authInfo, tool, http) && (!authorize || (await authorize(tool, request)))
}

const isTaskId = (taskId: string): boolean => /^[\x21-\x7e]{1,256}$/.test(taskId)

export function readTaskId({ message }: ExtensionRequest): string {
  const taskId = message.params?.taskId
  if (typeof taskId === 'string') return taskId
  throw invalidParams('params.taskId must be a string')
}

const RESULTS: Record<string, { safeParse(value: unknown): { success: boolean } }> = {
  'elicitation/create': ElicitResultSchema,
  'sampling/createMessage': CreateMessageResultWithToolsSchema,
  'roots/list': ListRootsResultSchema,
}

async function update(engine: Engine, taskId: string, record: TaskRecord, responses: unknown): Promise<void> {
  if (!isObject(responses)) throw invalidParams('params.inputResponses must be an object')
  for (const { key, request, result } of record.questions) {
    if (result !== undefined || !Object.hasOwn(responses, key)) continue
    if (!RESULTS[request.method]?.safeParse(responses[key]).success)
      throw invalidParams(`inputResponses["${key}"] is malformed`)
  }
  await answer(engine, taskId, responses)
}

/** Notes answers of the client, and has the task go on. */
export async function answer(
  engine: Engine,
  taskId: string,
  responses: Record<string, Result | unknown>,
): Promise<void> {
  const changed = await engine.changeFromOutside(taskId, (record) => addAnswers(record, responses))
  if (!changed?.isChanged || changed.record.isExternal || changed.record.lease) return
  await engine.settings.queue?.add({ taskId })
}
