import type { JSONRPCMessage, JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import { batchResponse } from '../http/batch-response.ts'
import { toRefusal } from '../http/errors.ts'
import type { ResponseMode } from '../http/media-types.ts'
import type { ResponseWriter } from '../http/response-writer.ts'
import { acknowledge, jsonResponse } from '../http/response-writer.ts'
import { errorMessage, isResponse } from '../protocol/json-rpc.ts'
import type { ReplyQueue } from './reply-queue.ts'

/** Converts a reply to its wire form; undefined for a reply that must not be sent. */
export type ToWire = (reply: JSONRPCMessage) => JSONRPCMessage | undefined

/** How replies become a response. */
export interface ReplyShape {
  mode: ResponseMode
  responseWriter?: ResponseWriter | undefined
  /** Whether the client sent a batch, so that the response is an array. */
  batch?: boolean
  toWire: ToWire
  /** Returns the HTTP status of an error that is the whole response. */
  statusOf(code: number): number
  report(error: unknown): void
  /** Opens a stream of server-sent events that begins with these messages and continues with later replies. */
  stream(first: readonly JSONRPCMessage[]): Response
}

/**
 * Answers with the replies of a queue: as JSON, or as a stream from the first message on that is not a final reply.
 *
 * @throws The refusal that ended the queue, and errors of `toWire`, unless the client sent a batch.
 */
export async function jsonOrStream(replies: ReplyQueue, shape: ReplyShape): Promise<Response> {
  const { mode, batch, responseWriter, report } = shape
  if (mode === 'sse') return shape.stream([])
  const answers: JSONRPCResponse[] = []
  try {
    while (!replies.isRead) {
      const { value: reply } = await replies.next()
      const wire = reply && (batch ? toWireOrError(reply, shape) : shape.toWire(reply))
      if (!wire) continue
      if (isResponse(wire)) answers.push(wire)
      else if (mode === 'auto') return shape.stream([...answers, wire])
    }
  } catch (error) {
    if (!batch) throw error
    report(error)
    answers.push(...failPending(replies, error))
  }
  const [first] = answers
  // A request that was cancelled has no reply.
  if (!first) return acknowledge()
  if (batch) return batchResponse(answers, report, responseWriter)
  return jsonResponse(first, 'error' in first ? shape.statusOf(first.error.code) : 200, shape)
}

/** The errors of the requests that got no final reply before the queue failed. */
export const failPending = ({ pending }: ReplyQueue, error: unknown): JSONRPCResponse[] =>
  [...pending.keys()].map((id) => errorMessage(id, toRefusal(error)))

// If a reply of a batch cannot be converted, the others are sent nevertheless.
function toWireOrError(reply: JSONRPCMessage, { toWire, report }: ReplyShape): JSONRPCMessage | undefined {
  try {
    return toWire(reply)
  } catch (error) {
    report(error)
    return isResponse(reply) ? errorMessage(reply.id, toRefusal(error)) : undefined
  }
}
