import type {
  JSONRPCNotification,
  JSONRPCRequest,
  MessageExtraInfo,
} from '@modelcontextprotocol/sdk/types.js'
import type { McpRequestContext, Refusal } from '@portico-mcp/core'
import { connectServer as connectServerTo, errorMessage } from '@portico-mcp/core/internal'
import type { SessionContext } from '../session-context.ts'
import { SessionTransport } from './session-transport.ts'

/** A server that the factory built, and the transport that connects it. */
export interface ConnectedServer {
  transport: SessionTransport
  /** Whether the server has got a request of the client. Before that, no call waits for what it asks. */
  hasStarted: boolean
  /** Drops a message that nothing can take to the client. */
  drop(message: JSONRPCRequest | JSONRPCNotification): void
  close(): Promise<void>
}

/** Lets the factory build a server, and connects it. */
export async function connectServer(
  { handlerContext }: SessionContext,
  context: McpRequestContext,
): Promise<ConnectedServer> {
  const server = await handlerContext.createServer(context)
  const transport = new SessionTransport()
  const closeAll = async (): Promise<void> => {
    // if one throws, the other is closed all the same
    for (const closing of [server, transport]) {
      try {
        await closing.close()
      } catch (error) {
        handlerContext.report(error)
      }
    }
    await handlerContext.cleanUp(server, transport.sessionId)
  }
  // closing the server closes its transport, which calls this again
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= Promise.resolve().then(closeAll)
    return closing
  }
  const { connected, listening } = connectServerTo(server, transport)
  try {
    await listening
  } catch (error) {
    await close()
    throw error
  }
  connected.catch((error) => {
    if (transport.isClosed) return undefined
    handlerContext.report(error)
    return close()
  })
  return { transport, hasStarted: false, drop: (message) => handlerContext.drop(server, message), close }
}

/** Tells a server the level that the client has set; one that keeps no level need not know it. */
export async function setLevel(
  transport: SessionTransport,
  level: string,
  extra?: MessageExtraInfo,
): Promise<void> {
  await transport.request('logging/setLevel', { level }, extra)
}

/** Tells a server that its question has no answer; not within its `send`, where it does not wait for one yet. */
export function refuseQuestion(
  transport: SessionTransport | undefined,
  { id }: JSONRPCRequest,
  refusal: Refusal,
): void {
  queueMicrotask(() => transport?.pass(errorMessage(id, refusal)))
}
