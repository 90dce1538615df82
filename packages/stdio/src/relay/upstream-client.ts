import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'

/** A client of an upstream server: takes the messages that belong to it. */
export interface UpstreamClient {
  /** Whether the client can answer requests of the server. */
  readonly canAnswer: boolean
  /** @param relatedRequestId - The client's own id of the request that a message belongs to. */
  send(message: JSONRPCMessage, relatedRequestId?: RequestId): void
  /** Called once, when the connection to the server has ended. */
  onend(): void
}
