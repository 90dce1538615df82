import type {
  JSONRPCNotification,
  JSONRPCRequest,
  MessageExtraInfo,
} from '@modelcontextprotocol/sdk/types.js'
import type { McpRequestContext, McpServerLike, Refusal } from '@portico-mcp/core'
import { connectServer as connectServerTo, errorMessage } from '@portico-mcp/core/internal'
import type { SessionContext } from '../session-context.ts'
import { SessionTransport } from './session-transport.ts'

/** A server that the factory built, with its transport. */
export interface ConnectedServer {
  server: McpServerLike
  transport: SessionTransport
  /** Whether a request of the client was delivered to the server. Before that, its requests wait for a stream. */
  hasStarted: boolean
  /** Drops a message that cannot reach the client, and reports the first one. */
  drop(message: JSONRPCRequest | JSONRPCNotification): void
  close(): Promise<void>
}

/** Builds a server with the factory and connects it. */
export async function connectServer(
  { handlerContext }: SessionContext,
  context: McpRequestContext,
): Promise<ConnectedServer> {
  const server = await handlerContext.createServer(context)
  const transport = new SessionTransport()
  const closeAll = async (): Promise<void> => {
    // If closing one of them throws, the other one is still closed.
    for (const closing of [server, transport]) {
      try {
        await closing.close()
      } catch (error) {
        handlerContext.report(error)
      }
    }
    await handlerContext.cleanUp(server, transport.sessionId)
  }
  // Closing the server closes its transport, which calls this function again.
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
  return {
    server,
    transport,
    hasStarted: false,
    drop: (message) => handlerContext.drop(server, message),
    close,
  }
}

/**
 * Sends the log level that the client has set to a server. A server without a handler for it answers with an error,
 * which is ignored.
 */
export async function setLevel(
  transport: SessionTransport,
  level: string,
  extra?: MessageExtraInfo,
): Promise<void> {
  await transport.request('logging/setLevel', { level }, extra)
}

/** Answers a request of the server with a refusal. It is deferred, since the SDK registers its handler after `send`. */
export function refuseQuestion(
  transport: SessionTransport | undefined,
  { id }: JSONRPCRequest,
  refusal: Refusal,
): void {
  queueMicrotask(() => transport?.pass(errorMessage(id, refusal)))
}
