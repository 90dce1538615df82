import type {
  ClientCapabilities,
  Implementation,
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  LoggingLevel,
} from '@modelcontextprotocol/sdk/types.js'
import { invalidRequest, Refusal } from '../http/errors.ts'
import { isObject } from '../utils/type-guards.ts'
import { isRequestId } from './json-rpc.ts'
import {
  isJSONRPCErrorResponse,
  isJSONRPCResultResponse,
  LoggingLevelSchema,
  RELATED_TASK_META_KEY,
  RequestSchema,
} from './sdk.ts'
import { isModernVersion } from './versions.ts'

const PREFIX = 'io.modelcontextprotocol/'
export const PROTOCOL_VERSION_KEY: string = `${PREFIX}protocolVersion`
const CLIENT_CAPABILITIES_KEY = `${PREFIX}clientCapabilities`
const CLIENT_INFO_KEY = `${PREFIX}clientInfo`
const LOG_LEVEL_KEY = `${PREFIX}logLevel`

export const SERVER_INFO_KEY: string = `${PREFIX}serverInfo`
export const SUBSCRIPTION_ID_KEY: string = `${PREFIX}subscriptionId`

/** Log levels, least severe first (RFC 5424). */
export const LOG_LEVELS: readonly unknown[] = LoggingLevelSchema.options

/** The envelope of a 2026-07-28 request, in `params._meta`. */
export interface Envelope {
  protocolVersion: string
  clientCapabilities: ClientCapabilities
  clientInfo: Implementation | undefined
  logLevel: LoggingLevel | undefined
  progressToken: string | number | undefined
}

type Meta = Record<string, unknown>

/** Whether a message claims to be of 2026-07-28: it has a `_meta` key that every request of that revision needs. */
const claimsEnvelope = (meta: Meta): boolean =>
  PROTOCOL_VERSION_KEY in meta || CLIENT_CAPABILITIES_KEY in meta

/** Reads the envelope. The refusal of a missing or malformed key names the key. */
export function readEnvelope(meta: Meta): Envelope {
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

/** Reads the envelope of a notification, which may lack it: a malformed key counts as missing. */
function readOptionalEnvelope(meta: Meta): Envelope {
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

function readMeta(message: unknown): Meta {
  const params = isObject(message) && message.params
  const meta = isObject(params) && params._meta
  return isObject(meta) ? meta : {}
}

/** A 2026-07-28 request and its envelope. */
export interface ModernRequest {
  era: 'modern'
  isRequest: true
  message: JSONRPCRequest
  envelope: Envelope
}

/** A 2026-07-28 notification, and the description of its client if it has one. */
export interface ModernNotification {
  era: 'modern'
  isRequest: false
  message: JSONRPCNotification
  envelope: Envelope
}

/** The era that answers, and the message of a 2026-07-28 request. */
export type Route = ModernRequest | ModernNotification | { era: 'legacy' }

/** Decides the era by the body. The version header decides only for a body without an envelope. */
export function route(request: Request, body: unknown): Route {
  const isBatch = Array.isArray(body)
  const meta = isBatch ? body.map(readMeta).find(claimsEnvelope) : readMeta(body)
  const isClaimed = meta && claimsEnvelope(meta)
  if (!isClaimed && !isModernVersion(request.headers.get('mcp-protocol-version'))) return { era: 'legacy' }
  if (isBatch || !meta) throw invalidRequest('2026-07-28 has no batches')

  const message = readCall(body)
  if ('id' in message) return { era: 'modern', isRequest: true, message, envelope: readEnvelope(meta) }
  return { era: 'modern', isRequest: false, message, envelope: readOptionalEnvelope(meta) }
}

/** Reads one JSON-RPC 2.0 message; see {@link readCall}. */
export const readMessage = (value: unknown): JSONRPCMessage =>
  isObject(value) && !('method' in value) && (isJSONRPCResultResponse(value) || isJSONRPCErrorResponse(value))
    ? value
    : readCall(value)

/** Whether a `_meta` has no member that would have to be read, as most have not. */
export const isPlainMeta = (meta: unknown): boolean =>
  meta === undefined || (isObject(meta) && !('progressToken' in meta) && !(RELATED_TASK_META_KEY in meta))

/**
 * Reads one request or notification, and drops members that are not part of it. The SDK silently ignores messages that
 * it does not understand, so only messages that it understands pass.
 */
export function readCall(value: unknown): JSONRPCRequest | JSONRPCNotification {
  const { jsonrpc, id, method, params = {} } = isObject(value) ? value : {}
  if (jsonrpc !== '2.0' || typeof method !== 'string' || !isObject(params)) {
    throw invalidRequest('Not a JSON-RPC 2.0 request')
  }
  if (id !== undefined && !isRequestId(id)) throw invalidRequest('id must be a string or an integer')
  if (!isPlainMeta(params._meta) && !RequestSchema.safeParse({ method, params }).success) {
    throw new Refusal('invalid-envelope', '_meta is malformed')
  }
  // The SDK would queue the reply for that task, and the client would never get it.
  const kept =
    isObject(params._meta) && RELATED_TASK_META_KEY in params._meta
      ? { ...params, _meta: { ...params._meta, [RELATED_TASK_META_KEY]: undefined } }
      : params
  return id === undefined ? { jsonrpc, method, params: kept } : { jsonrpc, id, method, params: kept }
}
