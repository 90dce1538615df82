import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import { networkOf, userKeyOf } from '@portico-mcp/core/internal'

/**
 * Who a session counts for where room is made: the user, whatever client it uses, since it may register any number
 * of them; an owner that an option made up; or for an anonymous caller, the network that the session came from,
 * as far as that is known.
 */
export function getHolder(owner: string, { authInfo, clientAddress }: McpHandlerRequestOptions): string {
  if (owner !== '') return `owner ${authInfo ? userKeyOf(authInfo) : owner}`
  return clientAddress === undefined ? '' : `network ${networkOf(clientAddress)}`
}

/** The /48 of a holder that is the network of an IPv6 address: what providers assign to a site (RFC 6177). */
export function getSite(holder: string): string | undefined {
  const [, site] = /^network ([\da-f]+:[\da-f]+:[\da-f]+):[\da-f]+$/.exec(holder) ?? []
  return site === undefined ? undefined : `site ${site}`
}
