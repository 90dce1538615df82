import type { JSONRPCResponse, Result } from '@modelcontextprotocol/sdk/types.js'
import { Refusal } from '@portico-mcp/core'
import type { Ending } from './task-record.ts'

/** How a task ends with the response of its server. */
export function toEnding(response: JSONRPCResponse, maxResultBytes: number): Ending {
  if ('error' in response) {
    const { code, message, data } = response.error
    return { status: 'failed', error: { code, message, data } }
  }
  const { resultType: _, ...result } = response.result
  return toCompletion(result, maxResultBytes)
}

/** How a task ends with a result: one that is too large makes it fail. */
export function toCompletion(result: Result, maxResultBytes: number): Ending {
  const bytes = new TextEncoder().encode(JSON.stringify(result)).length
  if (bytes <= maxResultBytes) return { status: 'completed', result }
  const message = `The result of the task has ${bytes} bytes, more than ${maxResultBytes}`
  return { status: 'failed', error: { code: -32603, message } }
}

/** Whether a call broke off because its process stops. */
export const isStopped = (error: unknown): boolean => error instanceof Refusal && error.reason === 'closed'

/** How a task ends whose call broke off. */
export const toFailure = (error: unknown): Ending => ({
  status: 'failed',
  error: {
    code: -32603,
    message: isStopped(error) ? 'The server was stopped before the task had ended' : 'Internal error',
  },
})
