import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { readAbortReason, toRefusal } from '../http/errors.ts'
import { type EventStream, openEventStream } from '../http/sse.ts'
import { errorMessage, isResponse } from '../protocol/json-rpc.ts'
import type { Exchange } from './exchange.ts'
import type { HandlerContext } from './handler-context.ts'
import { failPending, jsonOrStream, type ReplyShape, type ToWire } from './json-or-stream.ts'

export type { ToWire } from './json-or-stream.ts'

/** How the replies of an exchange become a response. */
export interface Shape extends Omit<ReplyShape, 'report' | 'stream'> {
  /** Ends a stream that is not read. */
  signal?: (() => AbortSignal) | undefined
  /** The client left before the last reply. */
  onleave(): void
}

/**
 * Creates the response with the replies of an exchange: the first replies decide between JSON and a stream.
 */
export async function respond(handler: HandlerContext, exchange: Exchange, shape: Shape): Promise<Response> {
  const { firstReply } = exchange.replies
  const isRefusedAtOnce = !shape.batch && firstReply && 'error' in firstReply
  try {
    return await jsonOrStream(exchange.replies, {
      ...shape,
      mode: isRefusedAtOnce && shape.mode === 'sse' ? 'json' : shape.mode,
      report: handler.report,
      stream: (first) => stream(handler, exchange, shape, first),
    })
  } catch (error) {
    exchange.end(toRefusal(error))
    throw error
  }
}

function stream(
  handler: HandlerContext,
  exchange: Exchange,
  shape: Shape,
  first: readonly JSONRPCMessage[],
): Response {
  const events = openEventStream(handler.keepAlive, shape.onleave, shape.responseWriter)
  if (first.length === 0) events.comment()
  for (const message of first) write(handler, events, message, (wire) => wire)
  exchange.whenOver((failure) => failure?.reason === 'client-left' && events.end())
  const signal = shape.signal?.()
  const leave = (): void => void (signal && readAbortReason(signal).reason === 'client-left' && events.end())
  signal?.addEventListener('abort', leave, { once: true })
  void pump(handler, exchange, shape, events)
  return events.response
}

async function pump(
  handler: HandlerContext,
  exchange: Exchange,
  { toWire }: Shape,
  events: EventStream,
): Promise<void> {
  try {
    for await (const reply of exchange.replies) {
      write(handler, events, reply, toWire)
      await events.drained()
    }
  } catch (error) {
    handler.report(error)
    for (const failure of failPending(exchange.replies, error)) events.write(failure)
  }
  events.end()
}

// If a reply cannot be serialized, the others are sent nevertheless.
function write({ report }: HandlerContext, events: EventStream, reply: JSONRPCMessage, toWire: ToWire): void {
  try {
    const wire = toWire(reply)
    if (wire) events.write(wire)
  } catch (error) {
    report(error)
    if (isResponse(reply)) events.write(errorMessage(reply.id, toRefusal(error)))
  }
}
