import type {
  InitializeResult,
  JSONRPCNotification,
  JSONRPCRequest,
  MessageExtraInfo,
} from '@modelcontextprotocol/sdk/types.js'
import type { McpRequestContext, Refusal } from '@portico-mcp/core'
import { connectServer as connectServerTo, errorMessage } from '@portico-mcp/core/internal'
import { Link } from './link.ts'
import type { Node } from './node.ts'
import type { Found } from './records.ts'
import { reached, sessionNotFound } from './refusals.ts'
import { resubscribe } from './resubscribe.ts'
import type { Session } from './session.ts'
import type { ReleaseClaim } from './session-store.ts'

/** A server of the factory, and the link that it is connected by. */
export interface ConnectedServer {
  link: Link
  /** Whether it was given a request of the client: what it asks before is asked of its own accord. */
  hasBegun: boolean
  /** Drops a message that nothing can take to the client. */
  drop(message: JSONRPCRequest | JSONRPCNotification): void
  close(): Promise<void>
}

/** Has the factory build a server, and connects it. */
export async function connectServer({ host }: Node, context: McpRequestContext): Promise<ConnectedServer> {
  const server = await host.createServer(context)
  const link = new Link()
  const closeAll = async (): Promise<void> => {
    // whatever the one throws, the other is done
    for (const closing of [server, link]) {
      try {
        await closing.close()
      } catch (error) {
        host.report(error)
      }
    }
    await host.cleanUp(server, link.sessionId)
  }
  // a server that closes says so by its link at once, which has it closed
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= Promise.resolve().then(closeAll)
    return closing
  }
  const { connected, listening } = connectServerTo(server, link)
  try {
    await listening
  } catch (error) {
    await close()
    throw error
  }
  connected.catch((error) => {
    if (link.closed) return undefined
    host.report(error)
    return close()
  })
  return { link, hasBegun: false, drop: (message) => host.drop(server, message), close }
}

/** Builds the server of a session that another node, or an earlier process, has opened. */
export async function restoreServer(
  session: Session,
  context: McpRequestContext,
  extra: MessageExtraInfo,
): Promise<ConnectedServer> {
  const { node } = session
  const release = await claimed(session)
  try {
    const connected = await connectServer(node, context)
    try {
      await introduce(connected.link, session.found, extra)
      await resubscribe(session, connected.link, extra)
      return connected
    } catch (error) {
      await connected.close()
      throw error
    }
  } finally {
    await release?.().catch(node.host.report)
  }
}

const CLAIM_MS = 10_000
const CLAIM_PAUSE_MS = 25

// a node that holds a claim for longer has died, or hangs
async function claimed(session: Session): Promise<ReleaseClaim | undefined> {
  for (let waited = 0; waited < CLAIM_MS; waited += CLAIM_PAUSE_MS) {
    session.checkOpen()
    const release = await reached(session.node.records.claim(session.found, CLAIM_MS))
    if (release) return release
    await new Promise((resolve) => setTimeout(resolve, CLAIM_PAUSE_MS))
  }
  return undefined
}

/** Introduces a server to a client that it has not met, by the handshake that the client has made. */
async function introduce(link: Link, { state, server }: Found, extra: MessageExtraInfo): Promise<void> {
  const response = await link.ask('initialize', { ...state.initialize }, extra)
  if ('error' in response) throw new Error(`initialize failed: ${response.error.message}`)
  // Another endpoint with the same keys has another server: to it, the session is unknown.
  const { serverInfo } = response.result as Partial<InitializeResult>
  if (server !== undefined && server !== String(serverInfo?.name)) throw sessionNotFound()
  if (state.initialized) link.deliver({ jsonrpc: '2.0', method: 'notifications/initialized' }, extra)
  if (state.logLevel) await setLevel(link, state.logLevel, extra)
}

/** Tells a server the level that the client has set; one that keeps no level need not know it. */
export async function setLevel(link: Link, level: string, extra?: MessageExtraInfo): Promise<void> {
  await link.ask('logging/setLevel', { level }, extra)
}

/** Tells a server that its question has no answer; not within its `send`, where it does not wait for one yet. */
export function refuseQuestion(link: Link | undefined, { id }: JSONRPCRequest, refusal: Refusal): void {
  queueMicrotask(() => link?.pass(errorMessage(id, refusal)))
}
