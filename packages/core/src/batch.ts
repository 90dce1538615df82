import type { JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import { errorMessage } from './json-rpc.ts'
import { toRefusal } from './refusal.ts'
import { type Responses, standardResponses } from './responses.ts'

/**
 * The JSON answer to a batch. Each reply is written by itself: one that is not JSON (a cycle, a BigInt, a `toJSON`
 * that throws) is reported and becomes an internal error, and the others are sent as they are.
 *
 * @param replies - One for each request; more than none.
 */
export function batchResponse(
  replies: readonly JSONRPCResponse[],
  report: (error: unknown) => void,
  { text }: Responses = standardResponses,
): Response {
  const written = replies.map((reply) => {
    try {
      return JSON.stringify(reply)
    } catch (error) {
      report(error)
      return JSON.stringify(errorMessage(reply.id, toRefusal(error)))
    }
  })
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }
  return text(`[${written}]`, { status: 200, headers })
}
