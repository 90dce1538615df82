import type { JSONRPCResponse, MessageExtraInfo } from '@modelcontextprotocol/sdk/types.js'
import type { Session } from '../session.ts'
import { listSubscriptions } from '../store/session-state.ts'
import type { SessionTransport } from './session-transport.ts'

/** Milliseconds that a request waits for the subscribe handlers of a new server. */
const RESUBSCRIBE_TIMEOUT_MS = 5_000

const METHOD_NOT_FOUND = -32601

/**
 * Sends `resources/subscribe` to a new server for every resource that the client has subscribed to. If the first one
 * gets "method not found", the others are not sent.
 */
export async function resubscribe(
  session: Session,
  transport: SessionTransport,
  extra: MessageExtraInfo,
): Promise<void> {
  if (listSubscriptions(session.state).length === 0) return
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, RESUBSCRIBE_TIMEOUT_MS)
  })
  // A handler that hangs must not block the session. It continues in the background.
  const sent = sendAllSubscriptions(session, transport, extra).catch(session.node.handlerContext.report)
  await Promise.race([sent, timeout])
  clearTimeout(timer)
}

/** Sends a subscription, or its end, to a server, because the client sent it to another node. */
export async function sendSubscription(
  { node }: Session,
  transport: SessionTransport,
  uri: string,
  isWanted: boolean,
  extra?: MessageExtraInfo,
): Promise<JSONRPCResponse> {
  const method = isWanted ? 'resources/subscribe' : 'resources/unsubscribe'
  const response = await transport.request(method, { uri }, extra)
  if ('error' in response && response.error.code !== METHOD_NOT_FOUND) {
    const what = `${method} of ${uri} failed in a server that was built for a restored session`
    node.handlerContext.report(new Error(`${what}: ${response.error.message}`))
  }
  return response
}

async function sendAllSubscriptions(
  session: Session,
  transport: SessionTransport,
  extra: MessageExtraInfo,
): Promise<void> {
  const sent = new Set<string>()
  for (;;) {
    // Subscriptions may be added while earlier ones are being sent.
    const [first, ...others] = listSubscriptions(session.state).filter((uri) => !sent.has(uri))
    if (first === undefined) return
    const response = await sendSubscription(session, transport, first, true, extra)
    if ('error' in response && response.error.code === METHOD_NOT_FOUND) return
    await Promise.all(others.map((uri) => sendSubscription(session, transport, uri, true, extra)))
    for (const uri of [first, ...others]) sent.add(uri)
  }
}
