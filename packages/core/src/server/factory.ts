import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'

/** The request that a factory builds a server for. */
export interface McpRequestContext {
  /** `modern` for 2026-07-28, `legacy` for 2025-era traffic. */
  era: 'legacy' | 'modern'
  /** The verified identity that the caller of `fetch` passed; never read from headers. */
  authInfo?: AuthInfo | undefined
  /** The HTTP request; its body has been read. */
  requestInfo?: Request | undefined
}

/**
 * A server that can be connected and closed: `McpServer` or `Server` of the 1.x SDK or of
 * `@modelcontextprotocol/server` 2.x, or Portico's `McpServer`.
 */
export interface McpServerLike {
  /** Attaches the server to a transport. */
  connect(transport: Transport): Promise<void>
  /** Closes the server and its transport. */
  close(): Promise<void>
}

/** A server, and a function that releases its resources. */
export interface ServerWithCleanup {
  server: McpServerLike
  /**
   * Is called once, when the request or the session of the server has ended and the server is closed. An error that it
   * throws is reported.
   *
   * @param sessionId - The `extra.sessionId` of the handlers; undefined without a session.
   */
  cleanup(sessionId?: string): unknown
}

/** The result of a factory. */
export type BuiltServer = McpServerLike | ServerWithCleanup

/** Builds a fresh server for one HTTP request, or for one session. */
export type McpServerFactory = (context: McpRequestContext) => BuiltServer | Promise<BuiltServer>
