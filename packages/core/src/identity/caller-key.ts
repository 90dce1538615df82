import type { McpHandlerRequestOptions } from '../http/fetch-handler.ts'
import { createUserKey, identifyPrincipal } from './principal.ts'

/** Returns the key of a caller: its identity, otherwise the network of its address; undefined if neither is known. */
export function callerKey({ authInfo, clientAddress }: McpHandlerRequestOptions): string | undefined {
  if (authInfo) return `principal:${identifyPrincipal(authInfo)}`
  return clientAddress && `address:${toNetwork(clientAddress)}`
}

/** A caller that something counts for, and how many times the limit of one caller applies. */
export type Counted = readonly [key: string, times: number]

/** How many callers a /48 network counts as: its owner may use any of its 65,536 networks of /64. */
const TIMES_WIDER = 2

/**
 * Returns the callers that a limited resource counts for: a user with any client, since a user may register any number
 * of clients; otherwise the network of an address, and for IPv6 its /48 as well. Empty if neither is known.
 */
export function countedFor({ authInfo, clientAddress }: McpHandlerRequestOptions): Counted[] {
  if (authInfo) return [[`user:${createUserKey(authInfo)}`, 1]]
  if (!clientAddress) return []
  const network = toNetwork(clientAddress)
  const site = network.includes(':') ? [[`site:${toNetwork(clientAddress, 3)}`, TIMES_WIDER] as const] : []
  return [[`address:${network}`, 1], ...site]
}

/**
 * Returns an IPv4 address unchanged, and the /64 of an IPv6 address: a client may use any address in it (RFC 6177).
 *
 * @param groups - The groups of 16 bits that are kept of an IPv6 address.
 */
export function toNetwork(address: string, groups = 4): string {
  const [bare = ''] = address.toLowerCase().split('%')
  const mapped = /^::ffff:([\d.]+)$/.exec(bare)?.[1]
  if (mapped !== undefined || !bare.includes(':')) return mapped ?? bare
  const [head = '', tail] = bare.split('::')
  const before = head.split(':').filter(Boolean)
  const after = (tail ?? '').split(':').filter(Boolean)
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  return [...before, ...Array<string>(zeros).fill('0'), ...after]
    .slice(0, groups)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
