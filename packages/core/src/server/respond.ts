import type { JSONRPCMessage, JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import type { Accepted } from '../http/accept.ts'
import { abortionOf, toRefusal } from '../http/errors.ts'
import type { Responses } from '../http/response-writer.ts'
import { type EventStream, openEventStream } from '../http/sse.ts'
import { batchResponse } from '../legacy/batch.ts'
import type { Stamp } from '../modern/to-wire.ts'
import type { ResponseMode } from '../options.ts'
import { acknowledge, errorMessage, isResponse, jsonResponse } from '../protocol/json-rpc.ts'
import type { MaybePromise } from '../utils/maybe-promise.ts'
import { Exchange } from './exchange.ts'
import type { Host } from './handler-context.ts'

/** How the replies of an exchange become a response. */
export interface Shape {
  mode: ResponseMode
  responses?: Responses | undefined
  /** Whether the client sent an array, and so gets one. */
  batch?: boolean
  stamp: Stamp
  /** The HTTP status of an error that is the whole answer. */
  statusOf(code: number): number
  /** Ends a stream that is not read. */
  signal?: (() => AbortSignal) | undefined
  /** The client left before the last reply. */
  onleave(): void
}

/** How replies are sent to a client that accepts so much. */
export function modeOf(
  { settings }: Host,
  { json, sse }: Accepted,
  streaming: boolean | undefined,
): ResponseMode {
  if (!sse || (json && streaming === false)) return 'json'
  return json ? settings.responseMode : 'sse'
}

/**
 * Answers with the one reply that there is, or with those of an exchange: the first ones decide between JSON
 * and a stream.
 */
export function respond(
  host: Host,
  replies: JSONRPCResponse | Exchange,
  shape: Shape,
): MaybePromise<Response> {
  if (replies instanceof Exchange) return respondInTime(host, replies, shape)
  return answer(shape.stamp(replies) as JSONRPCResponse, shape)
}

const answer = (response: JSONRPCResponse, shape: Shape): Response =>
  jsonResponse(response, 'error' in response ? shape.statusOf(response.error.code) : 200, shape)

async function respondInTime(host: Host, exchange: Exchange, shape: Shape): Promise<Response> {
  const { mode } = shape
  const refusedAtOnce = !shape.batch && exchange.firstReply && 'error' in exchange.firstReply
  if (mode === 'sse' && !refusedAtOnce) return stream(host, exchange, shape, [])

  const answers: JSONRPCResponse[] = []
  try {
    while (!exchange.isRead) {
      const { value: reply } = await exchange.next()
      const stamped = reply && (shape.batch ? stampOne(host, reply, shape.stamp) : shape.stamp(reply))
      if (!stamped) continue
      if (isResponse(stamped)) answers.push(stamped)
      else if (mode === 'auto') return stream(host, exchange, shape, [...answers, stamped])
    }
  } catch (error) {
    exchange.end(toRefusal(error))
    if (!shape.batch) throw error
    host.report(error)
    answers.push(...failures(exchange, error))
  }
  const [first] = answers
  if (shape.batch) return first ? batchResponse(answers, host.report, shape.responses) : acknowledge()
  return answer(first as JSONRPCResponse, shape)
}

function stream(host: Host, exchange: Exchange, shape: Shape, first: JSONRPCMessage[]): Response {
  const events = openEventStream(host.keepAlive, shape.onleave, shape.responses)
  if (first.length === 0) events.comment()
  for (const message of first) write(host, events, message, (stamped) => stamped)
  exchange.whenOver((failure) => failure?.reason === 'client-left' && events.end())
  const signal = shape.signal?.()
  const leave = (): void => void (signal && abortionOf(signal).reason === 'client-left' && events.end())
  signal?.addEventListener('abort', leave, { once: true })
  void pump(host, exchange, shape, events)
  return events.response
}

async function pump(host: Host, exchange: Exchange, { stamp }: Shape, events: EventStream): Promise<void> {
  try {
    for await (const reply of exchange) {
      write(host, events, reply, stamp)
      await events.drained()
    }
  } catch (error) {
    host.report(error)
    for (const failure of failures(exchange, error)) events.write(failure)
  }
  events.end()
}

// a reply of a batch that cannot be stamped must not take the others with it
function stampOne({ report }: Host, reply: JSONRPCMessage, stamp: Stamp): JSONRPCMessage | undefined {
  try {
    return stamp(reply)
  } catch (error) {
    report(error)
    return isResponse(reply) ? errorMessage(reply.id, toRefusal(error)) : undefined
  }
}

// a reply that is not JSON must not take the others with it
function write({ report }: Host, events: EventStream, reply: JSONRPCMessage, stamp: Stamp): void {
  try {
    const stamped = stamp(reply)
    if (stamped) events.write(stamped)
  } catch (error) {
    report(error)
    if (isResponse(reply)) events.write(errorMessage(reply.id, toRefusal(error)))
  }
}

const failures = (exchange: Exchange, error: unknown): JSONRPCResponse[] =>
  exchange.pending.map((id) => errorMessage(id, toRefusal(error)))
