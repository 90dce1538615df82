import {
  BOTH,
  type Changes,
  CLIENT_CAPABILITIES_KEY,
  CLIENT_INFO_KEY,
  changed,
  MODERN_VERSION,
  modernHeaders,
  PROTOCOL_VERSION_KEY,
} from './protocol.ts'
import type { Json } from './reply.ts'

const CLIENT_INFO = { name: 'portico-audits', version: '1.0.0' }

/** The headers of every POST. */
export const POST_HEADERS: Record<string, string> = { 'content-type': 'application/json', accept: BOTH }

/** How a request differs from the one that a good client sends. */
export interface Variation {
  id?: unknown
  headers?: Changes<string>
  /** Changes to `params._meta`. */
  meta?: Changes
  signal?: AbortSignal
}

/** How a 2025-era request differs. */
export interface LegacyVariation extends Variation {
  /** The revision that is negotiated. */
  version?: string
}

/** Builds the POST of a JSON body. */
export function buildPost(body: unknown, headers: Record<string, string>, signal?: AbortSignal): RequestInit {
  return { method: 'POST', headers, body: JSON.stringify(body), ...(signal && { signal }) }
}

/** Builds a 2026-07-28 request, with its envelope and the headers that repeat it. */
export function buildModernRequest(
  id: unknown,
  method: string,
  params: Json,
  { meta, headers, signal }: Variation,
): RequestInit {
  const _meta = changed(
    {
      [PROTOCOL_VERSION_KEY]: MODERN_VERSION,
      [CLIENT_CAPABILITIES_KEY]: {},
      [CLIENT_INFO_KEY]: CLIENT_INFO,
    },
    meta,
  )
  const body = { jsonrpc: '2.0', id, method, params: { ...params, _meta } }
  return buildPost(body, changed(modernHeaders(method, params), headers), signal)
}

/** Builds a 2025-era request under the headers of a client after its handshake. */
export function buildLegacyRequest(
  id: unknown,
  method: string,
  params: Json | undefined,
  clientHeaders: Record<string, string>,
  { meta, headers, signal }: Variation,
): RequestInit {
  const withMeta = meta ? { ...params, _meta: changed({}, meta) } : params
  const body = { jsonrpc: '2.0', id, method, ...(withMeta && { params: withMeta }) }
  return buildPost(body, changed(clientHeaders, headers), signal)
}

/** Builds `initialize`, the first request of a 2025-era client. */
export function buildInitialize(
  id: unknown,
  version: string,
  capabilities: Json,
  { headers, signal }: Variation,
): RequestInit {
  const params = { protocolVersion: version, capabilities, clientInfo: CLIENT_INFO }
  const body = { jsonrpc: '2.0', id, method: 'initialize', params }
  return buildPost(body, changed(POST_HEADERS, headers), signal)
}

/** The headers of a 2025-era client after its handshake; a server without sessions gave it none. */
export function buildLegacyHeaders(version: string, session: string | null): Record<string, string> {
  return {
    ...POST_HEADERS,
    'mcp-protocol-version': version,
    ...(session !== null && { 'mcp-session-id': session }),
  }
}
