import type { Implementation, InitializeResult, ServerCapabilities } from '@modelcontextprotocol/sdk/types.js'
import type { Connection } from './dispatch.ts'
import type { Envelope } from './envelope.ts'
import { isParsable } from './mask.ts'
import { Refusal } from './refusal.ts'
import { SUPPORTED_PROTOCOL_VERSIONS } from './sdk.ts'
import { shortcutOf } from './shortcut.ts'

/** What a server says of itself. */
export interface Introduction {
  capabilities: ServerCapabilities
  serverInfo: Implementation
  instructions?: string | undefined
}

/** Introduces client and server to each other, by the handshake that a 1.x server knows. */
export async function introduce(
  { exchange, server, extra }: Connection,
  { clientCapabilities, clientInfo = { name: 'unknown', version: '0' } }: Envelope,
): Promise<Introduction> {
  const method = 'initialize'
  const params = {
    protocolVersion: SUPPORTED_PROTOCOL_VERSIONS[0],
    capabilities: clientCapabilities,
    clientInfo,
  }
  const introduction = shortcutOf(server)?.introduce(params, extra)
  if (introduction) return introduction
  const response = await exchange.call(method, params, extra)
  if ('result' in response) return response.result as InitializeResult
  if (isParsable(method, params)) throw new Error(`${method} failed: ${response.error.message}`)
  throw new Refusal('invalid-envelope', '_meta: clientCapabilities or clientInfo is malformed')
}
