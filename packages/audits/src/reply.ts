import { EventParser, type ServerSentEvent } from './event-parser.ts'

export type Json = Record<string, unknown>

/** A JSON-RPC message as it came: nothing about it is taken for granted. */
export interface Message {
  jsonrpc?: unknown
  id?: unknown
  method?: string
  params?: Json
  result?: Json
  error?: { code: number; message: string; data?: Json }
}

/** An answer that was read to its end. */
export interface Reply {
  /** The id that was asked with. */
  asked: unknown
  status: number
  headers: Headers
  text: string
  /** Whether it came as an event stream. */
  streamed: boolean
  events: ServerSentEvent[]
  /** The JSON body; undefined for a stream, or for what is not JSON. */
  body: unknown
  /** The JSON-RPC messages, in order. */
  messages: Message[]
}

export async function readReply(response: Response, asked: unknown): Promise<Reply> {
  const text = await response.text()
  const { status, headers } = response
  const streamed = (headers.get('content-type') ?? '').startsWith('text/event-stream')
  const events = streamed ? readEvents(text) : []
  const body = streamed ? undefined : parse(text)
  const messages = streamed ? events.map(({ data }) => parse(data ?? '')).filter(isMessage) : [body].flat()
  return {
    asked,
    status,
    headers,
    text,
    streamed,
    events,
    body,
    messages: messages.filter(isMessage),
  }
}

function readEvents(text: string): ServerSentEvent[] {
  const parser = new EventParser()
  const events = parser.push(text)
  if (!parser.complete) throw new Error(`expected whole events, got a stream that ends within one: ${text}`)
  return events
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a path; undefined where it does not lead anywhere. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Json)[key] : undefined),
    value,
  )
}
