import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'
import { isResponse } from '@portico-mcp/core/internal'
import { isEnd } from './event-store.ts'

/** The name of the GET stream of a session. */
export const GET_STREAM = 'get'

/** A client's position in a stream. */
export interface Cursor {
  /** The name of the stream within the session. */
  stream: string
  /** The event store's id of the last event of the stream. */
  event: string
  /** On the GET stream, the id of the last change in the change log. */
  change: string
}

/** Builds the SSE id of an event. It contains the stream that the event belongs to (2025-11-25 transports). */
export const toEventId = ({ stream, event, change }: Cursor): string =>
  [stream, event, change].map(encodeURIComponent).join(',')

// Takes the place of `change`, which the stream of a call does not have.
const ANSWERED = 'answered'

/** Whether a message is the last one on the stream of a call. */
export const isFinal = (message: JSONRPCMessage): boolean =>
  isEnd(message) || ('jsonrpc' in message && isResponse(message))

/** Builds the SSE id of a message or a mark on the stream of a call. */
export const toCallEventId = (stream: string, event: string, message: JSONRPCMessage): string =>
  toEventId({ stream, event, change: isFinal(message) ? ANSWERED : '' })

/** Whether a client at this position has received the answer of the call, or the end of a call without an answer. */
export const isAnswered = ({ stream, change }: Cursor): boolean =>
  stream !== GET_STREAM && change === ANSWERED

const MAX_LENGTH = 2048

/** Parses a `Last-Event-ID`. Returns undefined if it is not an id of {@link toEventId}. */
export function readEventId(eventId: string): Cursor | undefined {
  if (eventId.length > MAX_LENGTH) return undefined
  try {
    const [stream, event, change, ...more] = eventId.split(',').map(decodeURIComponent)
    if (stream === undefined || event === undefined || change === undefined || more.length > 0)
      return undefined
    return stream === GET_STREAM || parseRequestId(stream) !== undefined
      ? { stream, event, change }
      : undefined
  } catch {
    return undefined
  }
}

const MAX_STREAM_LENGTH = 200

/**
 * Creates the name of the stream that a request opens. It contains the request id, so that any node can answer the
 * request. Returns undefined if the id is too long.
 */
export function createStreamName(id: RequestId): string | undefined {
  const json = JSON.stringify(id)
  if (json.length > MAX_STREAM_LENGTH) return undefined
  const stream = `post.${crypto.randomUUID()}.${percentEncode(json)}`
  return stream.length > MAX_STREAM_LENGTH ? undefined : stream
}

const POST_STREAM = /^post\.[0-9a-f-]{36}\.([\w.~%-]+)$/

/** Parses the id of the request that opened a stream. */
export function parseRequestId(stream: string): RequestId | undefined {
  const [, text] = POST_STREAM.exec(stream) ?? []
  const id: unknown = text === undefined ? undefined : JSON.parse(decodeURIComponent(text))
  return typeof id === 'string' || typeof id === 'number' ? id : undefined
}

/** Encodes text with letters, digits, `-`, `_`, `.`, `~` and `%`. */
export const percentEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)
