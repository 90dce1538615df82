import { encodeHeaderValue } from './header-value.ts'
import type { Json } from './reply.ts'

export const MODERN_VERSION = '2026-07-28'
export const LEGACY_VERSION = '2025-11-25'

export const PROTOCOL_VERSION_KEY = 'io.modelcontextprotocol/protocolVersion'
export const CLIENT_CAPABILITIES_KEY = 'io.modelcontextprotocol/clientCapabilities'
export const CLIENT_INFO_KEY = 'io.modelcontextprotocol/clientInfo'
export const LOG_LEVEL_KEY = 'io.modelcontextprotocol/logLevel'
export const SERVER_INFO_KEY = 'io.modelcontextprotocol/serverInfo'
export const SUBSCRIPTION_ID_KEY = 'io.modelcontextprotocol/subscriptionId'

export const BOTH = 'application/json, text/event-stream'

const NAME_PARAM: Record<string, string> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
}

/** Sent by default, but for what is set to something else here; `undefined` leaves it out. */
export type Changes<Value = unknown> = Record<string, Value | undefined>

/** The headers of a good 2026-07-28 request. */
export function modernHeaders(method: string, params: Json = {}): Record<string, string> {
  const name = params[method.startsWith('tasks/') ? 'taskId' : (NAME_PARAM[method] ?? '')]
  return {
    'content-type': 'application/json',
    accept: BOTH,
    'mcp-protocol-version': MODERN_VERSION,
    'mcp-method': method,
    ...(typeof name === 'string' && { 'mcp-name': encodeHeaderValue(name) }),
  }
}

/** The defaults with some of them changed. */
export function changed<Value>(
  base: Record<string, Value>,
  changes: Changes<Value> = {},
): Record<string, Value> {
  const entries = Object.entries({ ...base, ...changes }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Record<string, Value>
}
