import type { JSONRPCResponse, MessageExtraInfo } from '@modelcontextprotocol/sdk/types.js'
import type { Session } from '../session.ts'
import { listSubscriptions } from '../store/session-state.ts'
import type { SessionTransport } from './session-transport.ts'

/** Milliseconds that a request waits for the subscribe handlers of a server that has just been built. */
const RESUBSCRIBE_TIMEOUT_MS = 5_000

const METHOD_NOT_FOUND = -32601

/**
 * Tells a server that has just been built of the resources that its client has subscribed to at another one, as
 * the client would: with `resources/subscribe`. A server without a handler is asked once.
 */
export async function resubscribe(
  session: Session,
  transport: SessionTransport,
  extra: MessageExtraInfo,
): Promise<void> {
  if (listSubscriptions(session.state).length === 0) return
  let timer: ReturnType<typeof setTimeout> | undefined
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, RESUBSCRIBE_TIMEOUT_MS)
  })
  // A handler that hangs must not hold the session: it goes on, and what it did not answer is not waited for.
  const told = sendAllSubscriptions(session, transport, extra).catch(session.node.handlerContext.report)
  await Promise.race([told, enough])
  clearTimeout(timer)
}

/** Tells a server that its client has subscribed to a resource, or no longer is, through another node. */
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
    const what = `${method} of ${uri} failed on the node that the session moved to`
    node.handlerContext.report(new Error(`${what}: ${response.error.message}`))
  }
  return response
}

async function sendAllSubscriptions(
  session: Session,
  transport: SessionTransport,
  extra: MessageExtraInfo,
): Promise<void> {
  const told = new Set<string>()
  for (;;) {
    // A subscription may be added while the ones before are being told.
    const [first, ...others] = listSubscriptions(session.state).filter((uri) => !told.has(uri))
    if (first === undefined) return
    const response = await sendSubscription(session, transport, first, true, extra)
    if ('error' in response && response.error.code === METHOD_NOT_FOUND) return
    await Promise.all(others.map((uri) => sendSubscription(session, transport, uri, true, extra)))
    for (const uri of [first, ...others]) told.add(uri)
  }
}
