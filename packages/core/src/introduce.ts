import {
  type ClientCapabilities,
  type Implementation,
  type InitializeResult,
  LATEST_PROTOCOL_VERSION,
  type ServerCapabilities,
} from '@modelcontextprotocol/sdk/types.js'
import type { Connection } from './dispatch.ts'
import type { Envelope } from './envelope.ts'

/** What a server says of itself. */
export interface Introduction {
  capabilities: ServerCapabilities
  serverInfo: Implementation
  instructions: string | undefined
}

const ID = 'portico/initialize'
const ANONYMOUS: Implementation = { name: 'unknown', version: '0' }

/** Introduces client and server to each other, by the handshake that a 1.x server knows. */
export async function introduce({ exchange, extra }: Connection, envelope: Envelope): Promise<Introduction> {
  const params: { protocolVersion: string; capabilities: ClientCapabilities; clientInfo: Implementation } = {
    protocolVersion: LATEST_PROTOCOL_VERSION,
    capabilities: envelope.clientCapabilities,
    clientInfo: envelope.clientInfo ?? ANONYMOUS,
  }
  const response = await exchange.call({ jsonrpc: '2.0', id: ID, method: 'initialize', params }, extra)
  if ('error' in response) throw new Error(`The server refused initialize: ${response.error.message}`)
  const { capabilities, serverInfo, instructions } = response.result as InitializeResult
  return { capabilities, serverInfo, instructions }
}
