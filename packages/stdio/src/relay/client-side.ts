import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type {
  ClientCapabilities,
  Implementation,
  InitializeResult,
  JSONRPCMessage,
  JSONRPCRequest,
  RequestId,
} from '@modelcontextprotocol/sdk/types.js'
import type { Refusal } from '@portico-mcp/core'
import { isObject, SUPPORTED_PROTOCOL_VERSIONS } from '@portico-mcp/core/internal'
import type { ClientProfile } from './upstream-client.ts'

/** How many notifications may wait for a client that reads slowly; further ones are dropped. */
const MAX_UNREAD = 1024

/** A transport of Portico, which can end with a refusal as the answer. */
interface EndingTransport extends Transport {
  end?(failure: Refusal): void
}

/** The client of a relay, behind its transport. */
export class ClientSide {
  readonly #transport: EndingTransport
  readonly #report: (error: unknown) => void
  #unread = 0

  constructor(transport: Transport, report: (error: unknown) => void) {
    this.#transport = transport
    this.#report = report
  }

  /** Sends the client a message. Notifications are dropped while it has many others to read. */
  send(message: JSONRPCMessage, relatedRequestId?: RequestId): void {
    const isNotification = 'method' in message && !('id' in message)
    if (isNotification && this.#unread >= MAX_UNREAD) return
    this.#unread++
    const options = relatedRequestId === undefined ? undefined : { relatedRequestId }
    this.#transport
      .send(message, options)
      .catch(this.#report)
      .finally(() => this.#unread--)
  }

  /** Ends the transport with a refusal. A transport of another library is closed. */
  fail(refusal: Refusal): void {
    if (this.#transport.end) this.#transport.end(refusal)
    else void this.close()
  }

  async close(): Promise<void> {
    await this.#transport.close().catch(this.#report)
  }
}

const UNKNOWN_CLIENT: Implementation = { name: 'unknown', version: '0' }

/** Reads the description of a client from its `initialize`. */
export function readProfile({ params }: JSONRPCRequest): ClientProfile {
  const { capabilities, clientInfo } = params ?? {}
  return {
    capabilities: isObject(capabilities) ? (capabilities as ClientCapabilities) : {},
    clientInfo: isObject(clientInfo) ? (clientInfo as Implementation) : UNKNOWN_CLIENT,
  }
}

/** Whether a client can answer requests of a server. */
export const canAnswer = ({ elicitation, sampling, roots }: ClientCapabilities): boolean =>
  elicitation !== undefined || sampling !== undefined || roots !== undefined

/** Creates the answer to `initialize`: in the revision that the client asks for, whatever the server speaks. */
export function answerInitialize(
  { id, params }: JSONRPCRequest,
  introduction: InitializeResult,
): JSONRPCMessage {
  const requested = String(params?.protocolVersion)
  const protocolVersion = SUPPORTED_PROTOCOL_VERSIONS.includes(requested)
    ? requested
    : (SUPPORTED_PROTOCOL_VERSIONS[0] as string)
  return { jsonrpc: '2.0', id, result: { ...introduction, protocolVersion } }
}
