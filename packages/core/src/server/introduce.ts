import type { Implementation, InitializeResult, ServerCapabilities } from '@modelcontextprotocol/sdk/types.js'
import { Refusal } from '../http/errors.ts'
import { type Envelope, PROTOCOL_VERSION_KEY } from '../protocol/envelope.ts'
import type { MaybePromise } from '../utils/maybe-promise.ts'
import type { Connection } from './connection.ts'
import { shortcutOf } from './fast/fast-answerer.ts'
import { isParsable } from './sanitize-error.ts'
import { SUPPORTED_PROTOCOL_VERSIONS } from './sdk.ts'

/** What a server says of itself. */
export interface Introduction {
  capabilities: ServerCapabilities
  serverInfo: Implementation
  instructions?: string | undefined
}

const UNKNOWN_CLIENT: Implementation = { name: 'unknown', version: '0' }

/** Introduces client and server to each other, by the handshake that a 1.x server knows. */
export function introduce(
  connection: Connection,
  { protocolVersion, clientCapabilities, clientInfo = UNKNOWN_CLIENT }: Envelope,
): MaybePromise<Introduction> {
  const params = {
    protocolVersion: SUPPORTED_PROTOCOL_VERSIONS[0],
    capabilities: clientCapabilities,
    clientInfo,
  }
  const { server, extra } = connection
  const introduction = shortcutOf(server)?.introduce(params, extra)
  // the mark shows observers that no client sent this message
  return (
    introduction ?? initialize(connection, { ...params, _meta: { [PROTOCOL_VERSION_KEY]: protocolVersion } })
  )
}

/**
 * Introduces a server to a 2025-era client without a session, which said who it is to another server. One
 * that does not take it is served all the same, as such servers always were.
 */
export function introduceStranger(connection: Connection, protocolVersion: string): MaybePromise<unknown> {
  const params = { protocolVersion, capabilities: {}, clientInfo: UNKNOWN_CLIENT }
  const { server, extra } = connection
  return shortcutOf(server)?.introduce(params, extra) ?? connection.exchange.call('initialize', params, extra)
}

async function initialize({ exchange, extra }: Connection, params: object): Promise<Introduction> {
  const method = 'initialize'
  const response = await exchange.call(method, params, extra)
  if ('result' in response) return response.result as InitializeResult
  if (isParsable(method, params as Record<string, unknown>))
    throw new Error(`${method} failed: ${response.error.message}`)
  throw new Refusal('invalid-envelope', '_meta: clientCapabilities or clientInfo is malformed')
}
