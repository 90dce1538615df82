import type { InitializeResult, MessageExtraInfo } from '@modelcontextprotocol/sdk/types.js'
import type { McpRequestContext } from '@portico-mcp/core'
import { sessionNotFound, wrapStoreErrors } from '../refusals.ts'
import type { Session } from '../session.ts'
import type { LoadedSession } from '../store/session-repository.ts'
import type { ReleaseClaim } from '../store/session-store.ts'
import { type ConnectedServer, connectServer, setLevel } from './connected-server.ts'
import { resubscribe } from './resubscribe.ts'
import type { SessionTransport } from './session-transport.ts'

/** Builds the server of a session that was opened by another node or an earlier process. */
export async function restoreServer(
  session: Session,
  context: McpRequestContext,
  extra: MessageExtraInfo,
): Promise<ConnectedServer> {
  const { node } = session
  const release = await claimSession(session)
  try {
    const connected = await connectServer(node, context)
    try {
      await introduce(connected.transport, session.loaded, extra)
      await resubscribe(session, connected.transport, extra)
      return connected
    } catch (error) {
      await connected.close()
      throw error
    }
  } finally {
    await release?.().catch(node.handlerContext.report)
  }
}

const CLAIM_MS = 10_000
const CLAIM_PAUSE_MS = 25

// A node that holds a claim for longer has died or hangs, so the server is built without a claim.
async function claimSession(session: Session): Promise<ReleaseClaim | undefined> {
  for (let waited = 0; waited < CLAIM_MS; waited += CLAIM_PAUSE_MS) {
    session.checkOpen()
    const release = await wrapStoreErrors(session.node.repository.claim(session.loaded, CLAIM_MS))
    if (release) return release
    await new Promise((resolve) => setTimeout(resolve, CLAIM_PAUSE_MS))
  }
  return undefined
}

/** Repeats the handshake of the client with a server that was built later. */
async function introduce(
  transport: SessionTransport,
  { state, server }: LoadedSession,
  extra: MessageExtraInfo,
): Promise<void> {
  const response = await transport.request('initialize', { ...state.initialize }, extra)
  if ('error' in response) throw new Error(`initialize failed: ${response.error.message}`)
  // The id may belong to another endpoint with the same keys, whose server has another name.
  const { serverInfo } = response.result as Partial<InitializeResult>
  if (server !== undefined && server !== String(serverInfo?.name)) throw sessionNotFound()
  if (state.initialized) transport.deliver({ jsonrpc: '2.0', method: 'notifications/initialized' }, extra)
  if (state.logLevel) await setLevel(transport, state.logLevel, extra)
}
