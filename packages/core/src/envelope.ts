import type { ClientCapabilities, Implementation, LoggingLevel } from '@modelcontextprotocol/sdk/types.js'
import { isObject, metaOf } from './json-rpc.ts'
import { Refusal } from './refusal.ts'

const PREFIX = 'io.modelcontextprotocol/'

export const PROTOCOL_VERSION_KEY: string = `${PREFIX}protocolVersion`
export const CLIENT_CAPABILITIES_KEY: string = `${PREFIX}clientCapabilities`
export const CLIENT_INFO_KEY: string = `${PREFIX}clientInfo`
export const LOG_LEVEL_KEY: string = `${PREFIX}logLevel`
export const SERVER_INFO_KEY: string = `${PREFIX}serverInfo`
export const SUBSCRIPTION_ID_KEY: string = `${PREFIX}subscriptionId`

/** Log levels, least severe first (RFC 5424). */
export const LOG_LEVELS: readonly LoggingLevel[] = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
]

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
  return meta !== undefined && (PROTOCOL_VERSION_KEY in meta || CLIENT_CAPABILITIES_KEY in meta)
}

/** Reads the envelope; a missing or malformed key is refused by name. */
export function readEnvelope(message: unknown): Envelope {
  const meta = metaOf(message) ?? {}
  return {
    protocolVersion: required(meta, PROTOCOL_VERSION_KEY, isString, 'a string'),
    clientCapabilities: required(meta, CLIENT_CAPABILITIES_KEY, isObject, 'an object') as ClientCapabilities,
    clientInfo: optional(meta, CLIENT_INFO_KEY, isImplementation, 'an object with name and version'),
    logLevel: optional(meta, LOG_LEVEL_KEY, isLogLevel, `one of ${LOG_LEVELS.join(', ')}`),
    progressToken: meta.progressToken as Envelope['progressToken'],
  }
}

type Guard<T> = (value: unknown) => value is T

function required<T>(meta: Record<string, unknown>, key: string, is: Guard<T>, what: string): T {
  if (!(key in meta)) throw new Refusal('invalid-envelope', `Invalid params: _meta["${key}"] is required`)
  return optional(meta, key, is, what) as T
}

function optional<T>(meta: Record<string, unknown>, key: string, is: Guard<T>, what: string): T | undefined {
  const value = meta[key]
  if (!(key in meta) || is(value)) return value as T | undefined
  throw new Refusal('invalid-envelope', `Invalid params: _meta["${key}"] must be ${what}`)
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

function isImplementation(value: unknown): value is Implementation {
  return isObject(value) && isString(value.name) && isString(value.version)
}

function isLogLevel(value: unknown): value is LoggingLevel {
  return (LOG_LEVELS as readonly unknown[]).includes(value)
}
