import type { InitializeResult, JSONRPCRequest, JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import { isObject } from '@portico-mcp/core/internal'
import { PROTOCOL_VERSION_KEY } from './messages.ts'
import type { ClientProfile } from './upstream-client.ts'

/** The revision whose requests carry a description of their client. */
export const MODERN_VERSION = '2026-07-28'

const PREFIX = 'io.modelcontextprotocol/'
const SUBSCRIPTION_ID_KEY = `${PREFIX}subscriptionId`

/** Portico itself, as the client of a server. */
export const PORTICO: ClientProfile = { capabilities: {}, clientInfo: { name: 'portico', version: '0' } }

/** Creates the description of a client that each request of 2026-07-28 carries in `_meta`. */
export const createEnvelope = ({ capabilities, clientInfo }: ClientProfile): Record<string, unknown> => ({
  [PROTOCOL_VERSION_KEY]: MODERN_VERSION,
  [`${PREFIX}clientCapabilities`]: capabilities,
  [`${PREFIX}clientInfo`]: clientInfo,
})

/** Adds the description of its client to a request. What a 2026-07-28 client has sent itself stays. */
export function withEnvelope(request: JSONRPCRequest, client: ClientProfile): JSONRPCRequest {
  const { params } = request
  return { ...request, params: { ...params, _meta: { ...createEnvelope(client), ...params?._meta } } }
}

/** Reads the answer to `server/discover`; undefined if the server does not speak 2026-07-28. */
export function readDiscovery(response: JSONRPCResponse): InitializeResult | undefined {
  if (!('result' in response)) return undefined
  const { supportedVersions, capabilities, instructions, _meta } = response.result
  if (!Array.isArray(supportedVersions) || !supportedVersions.includes(MODERN_VERSION)) return undefined
  const serverInfo = _meta?.[`${PREFIX}serverInfo`]
  return {
    protocolVersion: MODERN_VERSION,
    capabilities: isObject(capabilities) ? capabilities : {},
    serverInfo: isObject(serverInfo) ? serverInfo : { name: 'unknown', version: '0' },
    ...(instructions !== undefined && { instructions }),
  } as InitializeResult
}

/** Returns the filter for the lists of a server that change; undefined if none does. */
export function createListFilter({ capabilities }: InitializeResult): Record<string, true> | undefined {
  const { tools, prompts, resources } = capabilities
  const filter = {
    ...(tools?.listChanged && { toolsListChanged: true as const }),
    ...(prompts?.listChanged && { promptsListChanged: true as const }),
    ...(resources?.listChanged && { resourcesListChanged: true as const }),
  }
  return Object.keys(filter).length > 0 ? filter : undefined
}

/** Returns the params of a change without the id of the stream that it came on. */
export function withoutSubscription(params: JSONRPCRequest['params']): JSONRPCRequest['params'] {
  if (!params?._meta || !(SUBSCRIPTION_ID_KEY in params._meta)) return params
  const { [SUBSCRIPTION_ID_KEY]: _, ...meta } = params._meta
  const { _meta: __, ...rest } = params
  return Object.keys(meta).length > 0 ? { ...rest, _meta: meta } : rest
}

/** Returns a response for a 2025-era client: without the members that only 2026-07-28 has. */
export function toLegacy(response: JSONRPCResponse): JSONRPCResponse {
  if (!('result' in response) || response.result.resultType !== 'complete') return response
  const { resultType: _, ttlMs: __, cacheScope: ___, ...result } = response.result
  return { ...response, result }
}
