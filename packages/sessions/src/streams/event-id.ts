import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'
import { isResponse } from '@portico-mcp/core/internal'
import { isEnd } from './event-store.ts'

/** The stream that no request opened. */
export const GET_STREAM = 'get'

/** Where a client is in a stream. */
export interface Cursor {
  /** Which stream of the session. */
  stream: string
  /** The last event of the stream itself, as the event store names it. */
  event: string
  /** On the standalone stream, the last change that was announced to everyone. */
  change: string
}

/** The id of an event on the wire: it says which stream it belongs to (2025-11-25 transports). */
export const toEventId = ({ stream, event, change }: Cursor): string =>
  [stream, event, change].map(encodeURIComponent).join(',')

// stands where a change would: the stream of a call has none
const ANSWERED = 'answered'

/** Whether nothing follows a message on the stream of a call. */
export const isFinal = (message: JSONRPCMessage): boolean =>
  isEnd(message) || ('jsonrpc' in message && isResponse(message))

/** The id of a message, or of a mark, on the stream of a call. */
export const toCallEventId = (stream: string, event: string, message: JSONRPCMessage): string =>
  toEventId({ stream, event, change: isFinal(message) ? ANSWERED : '' })

/** Whether a client that names this place has the answer of the call, or has been told that none comes. */
export const isAnswered = ({ stream, change }: Cursor): boolean =>
  stream !== GET_STREAM && change === ANSWERED

const MAX_LENGTH = 2048

/** The place that a `Last-Event-ID` names; undefined where it names none. */
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
 * The name of the stream that a request opens; it says which request, so that any node can answer it.
 * Undefined for an id that is too long to be part of a name.
 */
export function createStreamName(id: RequestId): string | undefined {
  const json = JSON.stringify(id)
  if (json.length > MAX_STREAM_LENGTH) return undefined
  const stream = `post.${crypto.randomUUID()}.${percentEncode(json)}`
  return stream.length > MAX_STREAM_LENGTH ? undefined : stream
}

const POST_STREAM = /^post\.[0-9a-f-]{36}\.([\w.~%-]+)$/

/** The request that opened a stream. */
export function parseRequestId(stream: string): RequestId | undefined {
  const [, text] = POST_STREAM.exec(stream) ?? []
  const id: unknown = text === undefined ? undefined : JSON.parse(decodeURIComponent(text))
  return typeof id === 'string' || typeof id === 'number' ? id : undefined
}

/** Text in letters, digits, `-`, `_`, `.`, `~` and `%`. */
export const percentEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)
