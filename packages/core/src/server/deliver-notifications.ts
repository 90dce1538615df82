import type { JSONRPCNotification } from '@modelcontextprotocol/sdk/types.js'
import { type Asking, askNobody } from '../input/client-requests.ts'
import { extraOf } from '../input/server-extra.ts'
import type { McpRequestContext } from '../options.ts'
import type { Envelope } from '../protocol/envelope.ts'
import { onNextTurn } from '../utils/next-turn.ts'
import { dispatch } from './create-server.ts'
import { shortcutOf } from './fast/fast-answerer.ts'
import type { Host } from './handler-context.ts'
import { completeHandshake, greet, isInitialized } from './handshake.ts'
import { introduce } from './introduce.ts'

/** A notification gets no answer, so the server cannot ask its sender anything. */
export const askNotifier: Asking = askNobody('a notification has no answer to ask in')

// what they are about is a request, and no server is asked one without a request that it belongs to
const isAboutARequest = ({ method }: JSONRPCNotification): boolean =>
  method === 'notifications/cancelled' || method === 'notifications/progress'

/**
 * Tells a server what its client says without waiting for an answer: a fresh one, which has been introduced.
 * What goes wrong is reported; the client is not told of it.
 *
 * @param client - The envelope of a 2026-07-28 notification, or the version of a 2025-era one.
 */
export async function tell(
  host: Host,
  context: McpRequestContext,
  request: Request,
  asking: Asking,
  notifications: readonly JSONRPCNotification[],
  client: Envelope | string,
): Promise<void> {
  const told = notifications.filter((notification) => !isAboutARequest(notification))
  if (told.length === 0) return
  try {
    const connection = await dispatch(host, context, extraOf(context), asking, request, [])
    try {
      // one that the SDK is not at work in has no handlers for notifications
      if (shortcutOf(connection.server)?.isOpen) return
      if (typeof client === 'string') await greet(connection, client)
      else {
        await introduce(connection, client)
        await completeHandshake(connection)
      }
      const { exchange, extra } = connection
      exchange.isIntroducing = false
      for (const notification of told) if (!isInitialized(notification)) exchange.deliver(notification, extra)
      // their handlers begin, and what they ask is refused
      await new Promise<void>(onNextTurn)
    } finally {
      connection.end()
    }
  } catch (error) {
    host.report(error)
  }
}
