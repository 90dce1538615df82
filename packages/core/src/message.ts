import type {
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
} from '@modelcontextprotocol/sdk/types.js'
import { type ErrorObject, isObject, isRequestId } from './json-rpc.ts'
import { Refusal } from './refusal.ts'

const RELATED_TASK = 'io.modelcontextprotocol/related-task'

/**
 * Reads one JSON-RPC 2.0 message, and drops what is not part of it. What passes here is known to be
 * understood by the SDK, which silently ignores anything else.
 */
export function readMessage(value: unknown): JSONRPCMessage {
  if (!isObject(value)) throw invalid('a message must be an object')
  if (value.jsonrpc !== '2.0') throw invalid('jsonrpc must be "2.0"')
  if ('method' in value) return readCall(value)
  return readResponse(value)
}

function readCall(value: Record<string, unknown>): JSONRPCRequest | JSONRPCNotification {
  const { method, id, params } = value
  if (typeof method !== 'string') throw invalid('method must be a string')
  if (params !== undefined && !isObject(params)) throw invalid('params must be an object')
  checkMeta(params?._meta)
  const call =
    params === undefined ? { jsonrpc: '2.0' as const, method } : { jsonrpc: '2.0' as const, method, params }
  if (!('id' in value)) return call
  if (!isRequestId(id)) throw invalid('id must be a string or an integer')
  return { ...call, id }
}

function readResponse(value: Record<string, unknown>): JSONRPCResponse {
  const { id, result, error } = value
  if (!isRequestId(id)) throw invalid('id must be a string or an integer')
  if (isObject(result) && error === undefined) return { jsonrpc: '2.0', id, result }
  if (isObject(error) && Number.isSafeInteger(error.code) && typeof error.message === 'string') {
    return { jsonrpc: '2.0', id, error: error as ErrorObject }
  }
  throw invalid('a message needs a method, a result or an error')
}

function checkMeta(meta: unknown): void {
  if (meta === undefined) return
  if (!isObject(meta)) throw invalidMeta('_meta must be an object')
  const token = meta.progressToken
  if (token !== undefined && !isRequestId(token)) {
    throw invalidMeta('_meta.progressToken must be a string or an integer')
  }
  const task = meta[RELATED_TASK]
  if (task !== undefined && !(isObject(task) && typeof task.taskId === 'string')) {
    throw invalidMeta(`_meta["${RELATED_TASK}"] must name a taskId`)
  }
}

function invalid(problem: string): Refusal {
  return new Refusal('invalid-request', `Invalid request: ${problem}`)
}

function invalidMeta(problem: string): Refusal {
  return new Refusal('invalid-envelope', `Invalid params: ${problem}`)
}
