import type { JSONRPCNotification } from '@modelcontextprotocol/sdk/types.js'
import { type ClientRequester, createRefusingRequester } from '../input/client-requests.ts'
import { onNextTurn } from '../utils/event-loop.ts'
import type { Client } from './answerer.ts'
import { createAnswerer } from './create-server.ts'
import type { McpRequestContext } from './factory.ts'
import type { HandlerContext } from './handler-context.ts'
import { isInitialized } from './handshake.ts'
import { RequestScope } from './request-scope.ts'

/** A notification gets no answer, so the server cannot ask its sender anything. */
export const notificationRequester: ClientRequester = createRefusingRequester(
  'a notification has no answer to ask in',
)

// These notifications refer to a request, which a fresh server does not have.
const isAboutARequest = ({ method }: JSONRPCNotification): boolean =>
  method === 'notifications/cancelled' || method === 'notifications/progress'

/**
 * Delivers notifications of a client to a fresh server, after `initialize`. Errors are reported, and do not reach the
 * client.
 */
export async function deliverNotifications(
  handler: HandlerContext,
  context: McpRequestContext,
  requester: ClientRequester,
  notifications: readonly JSONRPCNotification[],
  client: Client,
): Promise<void> {
  const delivered = notifications.filter((notification) => !isAboutARequest(notification))
  if (delivered.length === 0) return
  try {
    const scope = new RequestScope(handler, context, [], () => requester)
    const answerer = await createAnswerer(scope)
    try {
      await answerer.introduce(client)
      await answerer.initialized()
      for (const notification of delivered) if (!isInitialized(notification)) answerer.notify(notification)
      // After a turn, the handlers have begun. Requests that they send to the client are refused.
      await new Promise<void>(onNextTurn)
    } finally {
      answerer.end()
    }
  } catch (error) {
    handler.report(error)
  }
}
