import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import { abortionOf, notAcceptable, readAccept } from '@portico-mcp/core/internal'
import type { ClusterNode } from '../cluster/cluster-node.ts'
import { inSession } from '../find.ts'
import { reached } from '../refusals.ts'
import type { Session } from '../session.ts'
import { type Cursor, isAnswered, readEventId, STANDALONE } from './event-id.ts'
import { GetStream } from './get-stream.ts'
import { ResumedStream, stayAway } from './resume.ts'

/** Serves GET: the standalone stream of a session, or a stream that its client has lost (2025-11-25 transports). */
export async function listen(
  node: ClusterNode,
  request: Request,
  options: McpHandlerRequestOptions,
): Promise<Response> {
  return inSession(node, request, options, async (session) => {
    if (!readAccept(request.headers.get('accept')).sse) throw notAcceptable('text/event-stream')
    const { eventStore } = node.settings
    const lastEventId = request.headers.get('last-event-id')
    const lost = eventStore && lastEventId ? readEventId(lastEventId) : undefined
    if (lost && isAnswered(lost)) return stayAway()
    const { signal } = request
    if (!lost || !eventStore || lost.stream === STANDALONE) {
      return openStandalone(node, session, lost, signal)
    }
    if (signal.aborted) throw abortionOf(signal)
    const stream = new ResumedStream(node, session, eventStore, lost)
    return untilAbort(stream, signal, () => stream.open())
  })
}

// a newer one takes the place of one that the client may have lost without a sign
async function openStandalone(
  node: ClusterNode,
  session: Session,
  lost: Cursor | undefined,
  signal: AbortSignal,
): Promise<Response> {
  await reached(node.changes.log?.look())
  session.checkOpen()
  if (signal.aborted) throw abortionOf(signal)
  session.streams.takeOver(STANDALONE)
  const standalone = new GetStream(node, session, lost)
  session.streams.standalone = standalone
  return untilAbort(standalone, signal, async () => {
    const response = await standalone.open()
    // not before: what is sent to a stream that has no place yet is lost
    if (!session.state.listens && node.records.mutable) await session.change({ listens: true })
    session.checkOpen()
    return response
  })
}

async function untilAbort(
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
