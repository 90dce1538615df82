import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import { createUserKey, toNetwork } from '@portico-mcp/core/internal'

/**
 * Returns the holder that a session counts towards when room is made: the user, independent of the OAuth client, since
 * a user can register any number of clients; the result of the `owner` option; or for an anonymous caller, the network
 * of its address, if that is known.
 */
export function getHolder(owner: string, { authInfo, clientAddress }: McpHandlerRequestOptions): string {
  if (owner !== '') return `owner ${authInfo ? createUserKey(authInfo) : owner}`
  return clientAddress === undefined ? '' : `network ${toNetwork(clientAddress)}`
}

/** Returns the /48 of a holder that is an IPv6 network: the prefix that providers assign to a site (RFC 6177). */
export function getSite(holder: string): string | undefined {
  const [, site] = /^network ([\da-f]+:[\da-f]+:[\da-f]+):[\da-f]+$/.exec(holder) ?? []
  return site === undefined ? undefined : `site ${site}`
}
