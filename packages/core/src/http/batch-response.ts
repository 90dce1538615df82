import type { JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import { toRefusal } from '../http/errors.ts'
import type { ResponseWriter } from '../http/response-writer.ts'
import { jsonResponse } from '../http/response-writer.ts'
import { errorMessage } from '../protocol/json-rpc.ts'

/**
 * Creates the JSON response to a batch. Each reply is serialized separately: one that cannot be (a cycle, a BigInt, a
 * `toJSON` that throws) is reported and becomes an internal error, and the others are sent unchanged.
 *
 * @param replies - One for each request; at least one.
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
