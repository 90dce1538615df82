import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import { notAcceptable, readAbortReason, readAccept } from '@portico-mcp/core/internal'
import type { ClusterNode } from '../cluster/cluster-node.ts'
import { wrapStoreErrors } from '../refusals.ts'
import { serveInSession } from '../serve-in-session.ts'
import type { Session } from '../session.ts'
import { type Cursor, GET_STREAM, isAnswered, readEventId } from './event-id.ts'
import { GetStream } from './get-stream.ts'
import { ResumedStream, stopReconnecting } from './resumed-stream.ts'

/** Serves GET: the GET stream of a session, or a broken stream that the client resumes (2025-11-25 transports). */
export async function handleGet(
  node: ClusterNode,
  request: Request,
  options: McpHandlerRequestOptions,
): Promise<Response> {
  return serveInSession(node, request, options, async (session) => {
    if (!readAccept(request.headers.get('accept')).sse) throw notAcceptable('text/event-stream')
    const { eventStore } = node.settings
    const lastEventId = request.headers.get('last-event-id')
    const lost = eventStore && lastEventId ? readEventId(lastEventId) : undefined
    if (lost && isAnswered(lost)) return stopReconnecting()
    const { signal } = request
    if (!lost || !eventStore || lost.stream === GET_STREAM) {
      return openGetStream(node, session, lost, signal)
    }
    if (signal.aborted) throw readAbortReason(signal)
    const stream = new ResumedStream(node, session, eventStore, lost)
    return endOnAbort(stream, signal, () => stream.open())
  })
}

// A new stream replaces an open one: the client may have lost its connection before this node could notice.
async function openGetStream(
  node: ClusterNode,
  session: Session,
  lost: Cursor | undefined,
  signal: AbortSignal,
): Promise<Response> {
  await wrapStoreErrors(node.changeFeed.log?.readNew())
  session.checkOpen()
  if (signal.aborted) throw readAbortReason(signal)
  session.streams.takeOver(GET_STREAM)
  const stream = new GetStream(node, session, lost)
  session.streams.getStream = stream
  return endOnAbort(stream, signal, async () => {
    const response = await stream.open()
    // This comes last, since a message to a stream without a position would be lost.
    if (!session.state.hasOpenedGetStream && node.repository.isMutable)
      await session.change({ hasOpenedGetStream: true })
    session.checkOpen()
    return response
  })
}

async function endOnAbort(
  stream: GetStream | ResumedStream,
  signal: AbortSignal,
  open: () => Promise<Response>,
): Promise<Response> {
  signal.addEventListener('abort', () => stream.end(), { once: true })
  try {
    return await open()
  } catch (error) {
    stream.end()
    throw error
  }
}
