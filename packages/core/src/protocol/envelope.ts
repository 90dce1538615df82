import type { ClientCapabilities, Implementation, LoggingLevel } from '@modelcontextprotocol/sdk/types.js'
import { Refusal } from '../http/errors.ts'
import { LoggingLevelSchema } from '../server/sdk.ts'
import { isObject } from './json-rpc.ts'

const PREFIX = 'io.modelcontextprotocol/'
export const PROTOCOL_VERSION_KEY: string = `${PREFIX}protocolVersion`
const CLIENT_CAPABILITIES_KEY = `${PREFIX}clientCapabilities`
const CLIENT_INFO_KEY = `${PREFIX}clientInfo`
const LOG_LEVEL_KEY = `${PREFIX}logLevel`

export const SERVER_INFO_KEY: string = `${PREFIX}serverInfo`
export const SUBSCRIPTION_ID_KEY: string = `${PREFIX}subscriptionId`

/** Log levels, least severe first (RFC 5424). */
export const LOG_LEVELS: readonly unknown[] = LoggingLevelSchema.options

/** What a 2026-07-28 request says of itself in `params._meta`. */
export interface Envelope {
  protocolVersion: string
  clientCapabilities: ClientCapabilities
  clientInfo: Implementation | undefined
  logLevel: LoggingLevel | undefined
  progressToken: string | number | undefined
}

/** Whether a message claims to be a 2026-07-28 one: it carries a key that every request there needs. */
export function claimsEnvelope(message: unknown): boolean {
  const meta = metaOf(message)
  return PROTOCOL_VERSION_KEY in meta || CLIENT_CAPABILITIES_KEY in meta
}

/** Reads the envelope; a missing or malformed key is refused by name. */
export function readEnvelope(message: unknown): Envelope {
  const meta = metaOf(message)
  const {
    [PROTOCOL_VERSION_KEY]: protocolVersion,
    [CLIENT_CAPABILITIES_KEY]: clientCapabilities,
    [CLIENT_INFO_KEY]: clientInfo,
    [LOG_LEVEL_KEY]: logLevel,
  } = meta
  if (typeof protocolVersion !== 'string') throw invalidKey(meta, PROTOCOL_VERSION_KEY)
  if (!isObject(clientCapabilities)) throw invalidKey(meta, CLIENT_CAPABILITIES_KEY)
  if (clientInfo !== undefined && !isObject(clientInfo)) throw invalidKey(meta, CLIENT_INFO_KEY)
  if (logLevel !== undefined && !LOG_LEVELS.includes(logLevel)) throw invalidKey(meta, LOG_LEVEL_KEY)
  return {
    protocolVersion,
    clientCapabilities,
    clientInfo: clientInfo as Implementation | undefined,
    logLevel: logLevel as LoggingLevel | undefined,
    progressToken: meta.progressToken as Envelope['progressToken'],
  }
}

/** Reads the envelope of a notification, which need not have one: a malformed key counts as missing. */
export function readOptionalEnvelope(message: unknown): Envelope {
  const meta = metaOf(message)
  const { [CLIENT_CAPABILITIES_KEY]: clientCapabilities, [CLIENT_INFO_KEY]: clientInfo } = meta
  return {
    protocolVersion: String(meta[PROTOCOL_VERSION_KEY]),
    clientCapabilities: isObject(clientCapabilities) ? clientCapabilities : {},
    clientInfo: isObject(clientInfo) ? (clientInfo as Implementation) : undefined,
    logLevel: undefined,
    progressToken: undefined,
  }
}

const invalidKey = (meta: object, key: string): Refusal =>
  new Refusal('invalid-envelope', `_meta["${key}"] is ${key in meta ? 'malformed' : 'required'}`)

function metaOf(message: unknown): Record<string, unknown> {
  const params = isObject(message) && message.params
  const meta = isObject(params) && params._meta
  return isObject(meta) ? meta : {}
}
