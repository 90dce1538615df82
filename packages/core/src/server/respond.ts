import type { JSONRPCMessage, JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import type { ResponseMode } from '../http/accept.ts'
import { batchResponse } from '../http/batch-response.ts'
import { abortionOf, toRefusal } from '../http/errors.ts'
import type { ResponseWriter } from '../http/response-writer.ts'
import { acknowledge, jsonResponse } from '../http/response-writer.ts'
import { type EventStream, openEventStream } from '../http/sse.ts'
import { errorMessage, isResponse } from '../protocol/json-rpc.ts'
import type { Exchange } from './exchange.ts'
import type { HandlerContext } from './handler-context.ts'

/** Puts a reply into its wire form; undefined for one that must not be sent. */
export type ToWire = (reply: JSONRPCMessage) => JSONRPCMessage | undefined

/** How the replies of an exchange become a response. */
export interface Shape {
  mode: ResponseMode
  responseWriter?: ResponseWriter | undefined
  /** Whether the client sent an array, and so gets one. */
  batch?: boolean
  toWire: ToWire
  /** The HTTP status of an error that is the whole answer. */
  statusOf(code: number): number
  /** Ends a stream that is not read. */
  signal?: (() => AbortSignal) | undefined
  /** The client left before the last reply. */
  onleave(): void
}

/**
 * Answers with the replies of an exchange: the first ones decide between JSON and a stream.
 */
export async function respond(handler: HandlerContext, exchange: Exchange, shape: Shape): Promise<Response> {
  const { mode } = shape
  const refusedAtOnce = !shape.batch && exchange.firstReply && 'error' in exchange.firstReply
  if (mode === 'sse' && !refusedAtOnce) return stream(handler, exchange, shape, [])

  const answers: JSONRPCResponse[] = []
  try {
    while (!exchange.isRead) {
      const { value: reply } = await exchange.next()
      const wire = reply && (shape.batch ? toWireOrError(handler, reply, shape.toWire) : shape.toWire(reply))
      if (!wire) continue
      if (isResponse(wire)) answers.push(wire)
      else if (mode === 'auto') return stream(handler, exchange, shape, [...answers, wire])
    }
  } catch (error) {
    exchange.end(toRefusal(error))
    if (!shape.batch) throw error
    handler.report(error)
    answers.push(...failures(exchange, error))
  }
  const [first] = answers
  if (shape.batch) return first ? batchResponse(answers, handler.report, shape.responseWriter) : acknowledge()
  const answer = first as JSONRPCResponse
  return jsonResponse(answer, 'error' in answer ? shape.statusOf(answer.error.code) : 200, shape)
}

function stream(
  handler: HandlerContext,
  exchange: Exchange,
  shape: Shape,
  first: JSONRPCMessage[],
): Response {
  const events = openEventStream(handler.keepAlive, shape.onleave, shape.responseWriter)
  if (first.length === 0) events.comment()
  for (const message of first) write(handler, events, message, (wire) => wire)
  exchange.whenOver((failure) => failure?.reason === 'client-left' && events.end())
  const signal = shape.signal?.()
  const leave = (): void => void (signal && abortionOf(signal).reason === 'client-left' && events.end())
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
    for await (const reply of exchange) {
      write(handler, events, reply, toWire)
      await events.drained()
    }
  } catch (error) {
    handler.report(error)
    for (const failure of failures(exchange, error)) events.write(failure)
  }
  events.end()
}

// a reply of a batch that cannot be wire must not take the others with it
function toWireOrError(
  { report }: HandlerContext,
  reply: JSONRPCMessage,
  toWire: ToWire,
): JSONRPCMessage | undefined {
  try {
    return toWire(reply)
  } catch (error) {
    report(error)
    return isResponse(reply) ? errorMessage(reply.id, toRefusal(error)) : undefined
  }
}

// a reply that is not JSON must not take the others with it
function write({ report }: HandlerContext, events: EventStream, reply: JSONRPCMessage, toWire: ToWire): void {
  try {
    const wire = toWire(reply)
    if (wire) events.write(wire)
  } catch (error) {
    report(error)
    if (isResponse(reply)) events.write(errorMessage(reply.id, toRefusal(error)))
  }
}

const failures = (exchange: Exchange, error: unknown): JSONRPCResponse[] =>
  exchange.pending.map((id) => errorMessage(id, toRefusal(error)))
