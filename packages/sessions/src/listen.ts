import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import { notAcceptable, readAccept } from '@portico-mcp/core/serving'
import { type Cursor, isAnswered, readEventId, STANDALONE } from './event-id.ts'
import { findSession } from './find.ts'
import type { Node } from './node.ts'
import { ResumedStream } from './resume.ts'
import type { Session } from './session.ts'
import { Standalone } from './standalone.ts'

/** Serves GET: the standalone stream of a session, or a stream that its client has lost (2025-11-25 transports). */
export async function listen(
  node: Node,
  request: Request,
  options: McpHandlerRequestOptions,
): Promise<Response> {
  const session = await findSession(node, request, options)
  if (!readAccept(request.headers.get('accept')).sse) throw notAcceptable('text/event-stream')
  session.entered += 1
  try {
    const { eventStore } = node.settings
    const lastEventId = request.headers.get('last-event-id')
    const lost = eventStore && lastEventId ? readEventId(lastEventId) : undefined
    if (lost && isAnswered(lost)) return stayAway()
    if (lost && eventStore && lost.stream !== STANDALONE) {
      const stream = new ResumedStream(node, session, eventStore, lost)
      request.signal.addEventListener('abort', () => stream.end(), { once: true })
      return await stream.open()
    }
    return await openStandalone(node, session, lost, request.signal)
  } finally {
    session.entered -= 1
  }
}

// what ends the attempts of a client that reads a stream (HTML, server-sent events)
const stayAway = (): Response => new Response(null, { status: 204 })

// a newer one takes the place of one that the client may have lost without a sign
async function openStandalone(
  node: Node,
  session: Session,
  lost: Cursor | undefined,
  signal: AbortSignal,
): Promise<Response> {
  session.takeOver(STANDALONE)
  const standalone = new Standalone(node, session)
  session.standalone = standalone
  signal.addEventListener('abort', () => standalone.end(), { once: true })
  try {
    const response = await standalone.open(lost)
    // not before: what is sent to a stream that has no place yet is lost
    if (!session.state.listens && node.records.mutable) await session.change({ listens: true })
    return response
  } catch (error) {
    standalone.end()
    throw error
  }
}
