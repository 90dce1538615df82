import type {
  ClientCapabilities,
  Implementation,
  JSONRPCMessage,
  RequestId,
} from '@modelcontextprotocol/sdk/types.js'

/** The description of a client. */
export interface ClientProfile {
  readonly capabilities: ClientCapabilities
  readonly clientInfo: Implementation
}

/** A client of an upstream server: takes the messages that belong to it. */
export interface UpstreamClient {
  readonly profile: ClientProfile
  /** Whether the client speaks 2026-07-28. */
  readonly isModern: boolean
  /** Whether the connection is the client's own. */
  readonly isOnly: boolean
  /** Whether the client can answer requests of the server. */
  readonly canAnswer: boolean
  /** @param relatedRequestId - The client's own id of the request that a message belongs to. */
  send(message: JSONRPCMessage, relatedRequestId?: RequestId): void
  /** Called once, when the connection to the server has ended. */
  onend(): void
}
