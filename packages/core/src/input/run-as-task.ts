import type {
  JSONRPCRequest,
  JSONRPCResponse,
  MessageExtraInfo,
  Result,
} from '@modelcontextprotocol/sdk/types.js'
import { RELATED_TASK_META_KEY } from '../protocol/sdk.ts'
import { isObject } from '../utils/type-guards.ts'
import { type RequestingExchange, readToolError } from './client-requests.ts'

/** Whether a 1.x server refused a call because it is not a task, which a 2026-07-28 call cannot be. */
export function requiresTask(response: JSONRPCResponse, { method, params }: JSONRPCRequest): boolean {
  const text = method === 'tools/call' ? readToolError(response) : undefined
  return typeof text === 'string' && text.includes(`Tool ${params?.name} requires task augmentation`)
}

/** Runs a call as a task of 2025-11-25 on the server, and waits for its result. */
export async function runAsTask(
  exchange: RequestingExchange,
  { id, method, params }: JSONRPCRequest,
  extra: MessageExtraInfo,
): Promise<JSONRPCResponse> {
  const { inputResponses: _, requestState: __, ...call } = params ?? {}
  const created = await exchange.call(method, { ...call, task: {} }, extra)
  const task = 'result' in created ? created.result.task : undefined
  if (!isObject(task)) return { ...created, id }
  const finished = await exchange.call('tasks/result', { taskId: task.taskId }, extra)
  return 'result' in finished
    ? { ...finished, id, result: withoutTask(finished.result) }
    : { ...finished, id }
}

function withoutTask({ _meta, ...result }: Result): Result {
  const { [RELATED_TASK_META_KEY]: _, ...meta } = _meta ?? {}
  return Object.keys(meta).length > 0 ? { ...result, _meta: meta } : result
}
