import type { JSONRPCMessage, JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import type { Accepted } from './accept.ts'
import type { Exchange } from './exchange.ts'
import type { Host } from './host.ts'
import { acknowledge, errorMessage, isResponse, jsonResponse } from './json-rpc.ts'
import { abortionOf, toRefusal } from './refusal.ts'
import type { Responses } from './responses.ts'
import { type EventStream, openEventStream } from './sse.ts'
import type { Stamp } from './stamp.ts'

/** How the replies of an exchange become a response. */
export interface Shape {
  accepted: Accepted
  responses?: Responses | undefined
  streaming: boolean | undefined
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

/** Answers with the replies of an exchange: the first ones decide between JSON and a stream. */
export async function respond(host: Host, exchange: Exchange, shape: Shape): Promise<Response> {
  const { json, sse } = shape.accepted
  const mode =
    !sse || (json && shape.streaming === false) ? 'json' : json ? host.settings.responseMode : 'sse'
  const refusedAtOnce = !shape.batch && exchange.firstReply && 'error' in exchange.firstReply
  if (mode === 'sse' && !refusedAtOnce) return stream(host, exchange, shape, [])

  const answers: JSONRPCResponse[] = []
  try {
    while (!exchange.isRead) {
      const { value: reply } = await exchange.next()
      const stamped = reply && shape.stamp(reply)
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
  if (shape.batch) return first ? jsonResponse(answers, 200, shape) : acknowledge()
  const answer = first as JSONRPCResponse
  return jsonResponse(answer, 'error' in answer ? shape.statusOf(answer.error.code) : 200, shape)
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
