import type { JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import { toRefusal } from '../http/errors.ts'
import type { ResponseWriter } from '../http/response-writer.ts'
import { jsonResponse } from '../http/response-writer.ts'
import { errorMessage } from '../protocol/json-rpc.ts'

/**
 * The JSON answer to a batch. Each reply is written by itself: one that is not JSON (a cycle, a BigInt, a `toJSON`
 * that throws) is reported and becomes an internal error, and the others are sent as they are.
 *
 * @param replies - One for each request; more than none.
 */
export function batchResponse(
  replies: readonly JSONRPCResponse[],
  report: (error: unknown) => void,
  responseWriter?: ResponseWriter,
): Response {
  const written = replies.map((reply) => {
    try {
      return JSON.stringify(reply)
    } catch (error) {
      report(error)
      return JSON.stringify(errorMessage(reply.id, toRefusal(error)))
    }
  })
  return jsonResponse(`[${written}]`, 200, { responseWriter })
}
