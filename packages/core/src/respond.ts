import type { JSONRPCMessage, JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import type { Accepted } from './accept.ts'
import type { Exchange } from './exchange.ts'
import { errorMessage, isResponse, jsonResponse } from './json-rpc.ts'
import type { ResponseMode } from './options.ts'
import { toRefusal } from './refusal.ts'
import { EventStream } from './sse.ts'
import type { Stamp } from './stamp.ts'

/** How the replies of an exchange become a response. */
export interface Shape {
  mode: ResponseMode
  keepAliveMs: number
  /** Whether the client sent an array, and so gets one. */
  batch: boolean
  stamp: Stamp
  /** The HTTP status of an error that is the whole answer. */
  statusOf(code: number): number
  /** The client left before the last reply. */
  onleave(): void
  report(error: unknown): void
}

/** The mode that a client's `Accept` leaves. */
export function modeFor({ json, sse }: Accepted, preferred: ResponseMode): ResponseMode {
  if (!sse) return 'json'
  return json ? preferred : 'sse'
}

/** Answers with the replies of an exchange: the first ones decide between JSON and a stream. */
export async function respond(exchange: Exchange, shape: Shape): Promise<Response> {
  const refusedAtOnce = exchange.waiting !== undefined && 'error' in exchange.waiting
  if (shape.mode === 'sse' && !refusedAtOnce) return stream(exchange, shape, [])

  const answers: JSONRPCResponse[] = []
  try {
    for await (const reply of exchange) {
      const stamped = shape.stamp(reply)
      if (!stamped) continue
      if (isResponse(stamped)) answers.push(stamped)
      else if (shape.mode === 'auto') return stream(exchange, shape, [...answers, stamped])
    }
  } catch (error) {
    if (!shape.batch) throw error
    shape.report(error)
    answers.push(...failures(exchange, error))
  }
  return json(answers, shape)
}

function json(answers: JSONRPCResponse[], { batch, statusOf }: Shape): Response {
  if (batch) return answers.length > 0 ? jsonResponse(answers, 200) : new Response(null, { status: 202 })
  const answer = answers[0] as JSONRPCResponse
  return jsonResponse(answer, 'error' in answer ? statusOf(answer.error.code) : 200)
}

function stream(exchange: Exchange, shape: Shape, first: JSONRPCMessage[]): Response {
  const events = new EventStream(shape.keepAliveMs, shape.onleave)
  if (first.length === 0) events.comment()
  for (const message of first) events.write(message)
  void pump(exchange, shape, events)
  return events.response
}

async function pump(exchange: Exchange, shape: Shape, events: EventStream): Promise<void> {
  try {
    for await (const reply of exchange) {
      const stamped = shape.stamp(reply)
      if (stamped) events.write(stamped)
      await events.drained()
    }
  } catch (error) {
    shape.report(error)
    for (const failure of failures(exchange, error)) events.write(failure)
  }
  events.end()
}

function failures(exchange: Exchange, error: unknown): JSONRPCResponse[] {
  const { code, message, data } = toRefusal(error)
  return [...exchange.pending].map((id) => errorMessage(id, { code, message, data }))
}
