import type { JSONRPCMessage, MessageExtraInfo } from '@modelcontextprotocol/sdk/types.js'

/** Relays the messages of one client, between its transport and the connection to a server. */
export interface Relay {
  receive(message: JSONRPCMessage, extra?: MessageExtraInfo): void
  /** Ends it, and gives its connection back. */
  end(): void
}
