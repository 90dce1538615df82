import { setTimeout as sleep } from 'node:timers/promises'
import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'
import { failureOf } from '../relay/messages.ts'
import type { HttpConnection } from './http-connection.ts'
import { readJsonReply } from './read-reply.ts'
import { readEvents } from './sse-events.ts'

/** Milliseconds before a stream that has ended is resumed, unless the server names others. */
const RETRY_MS = 1000

/** How often in a row a stream is resumed in vain before it is given up. */
const MAX_ATTEMPTS = 5

/** Whether a response is a stream of events. */
export const isStream = ({ ok, headers }: Response): boolean =>
  ok && /^text\/event-stream\b/i.test(headers.get('content-type') ?? '')

/** Reads the messages of a response: one JSON body, or a stream up to the reply of the request. */
export async function* readReplies(
  connection: HttpConnection,
  response: Response,
  id: RequestId | undefined,
  signal: AbortSignal,
): AsyncGenerator<JSONRPCMessage, void> {
  const { maxMessageBytes } = connection.target
  if (isStream(response)) yield* readStream(connection, response, id, signal)
  else yield* await readJsonReply(response, id, maxMessageBytes)
}

/**
 * Reads a stream up to the reply of a request. In a session, a stream that breaks off is resumed.
 *
 * @param id - The request; undefined for a stream of messages that belong to no request.
 */
export async function* readStream(
  connection: HttpConnection,
  first: Response,
  id: RequestId | undefined,
  signal: AbortSignal,
): AsyncGenerator<JSONRPCMessage, void> {
  let lastEventId: string | undefined
  let retryMs = RETRY_MS
  let response: Response | undefined = first
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    for await (const event of eventsOf(response, connection.target.maxMessageBytes)) {
      lastEventId = event.id ?? lastEventId
      retryMs = event.retryMs ?? retryMs
      if (event.data === '') continue
      attempt = 0
      const message = JSON.parse(event.data) as JSONRPCMessage
      yield message
      if (!('method' in message) && message.id === id) return
    }
    const canResume = connection.sessionId !== undefined && (id === undefined || lastEventId !== undefined)
    if (signal.aborted || !canResume) break
    await sleep(retryMs, undefined, { signal }).catch(() => {})
    response = await connection.get(lastEventId, signal).catch(() => undefined)
  }
  if (id !== undefined && !signal.aborted) {
    yield failureOf(id, 'The stream of the remote MCP server has ended before its answer')
  }
}

/** Reads the events of a response; none if it is no stream. A stream that breaks off ends. */
async function* eventsOf(response: Response | undefined, maxBytes: number): ReturnType<typeof readEvents> {
  if (!response?.body || !isStream(response)) {
    await response?.body?.cancel()
    return
  }
  try {
    yield* readEvents(response.body, maxBytes)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
}
