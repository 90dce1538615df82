import type { McpHandlerRequestOptions } from '../http/fetch-handler.ts'
import { createUserKey, identifyPrincipal } from './principal.ts'

/** What tells one caller from another: its identity, else the network of its address; undefined where neither is known. */
export function callerKey({ authInfo, clientAddress }: McpHandlerRequestOptions): string | undefined {
  if (authInfo) return `principal:${identifyPrincipal(authInfo)}`
  return clientAddress && `address:${toNetwork(clientAddress)}`
}

/** Who something counts for, and how many times the limit of one caller that may be. */
export type Counted = readonly [key: string, times: number]

/** How many callers a wider IPv6 network stands for: its holder may come from any of its 65,536 smaller ones. */
const TIMES_WIDER = 2

/**
 * Who something that is limited counts for: a user, whatever client it uses, since it may register any number; else
 * the network of an address, and for IPv6 its /48. Empty where neither is known.
 */
export function countedFor({ authInfo, clientAddress }: McpHandlerRequestOptions): Counted[] {
  if (authInfo) return [[`user:${createUserKey(authInfo)}`, 1]]
  if (!clientAddress) return []
  const network = toNetwork(clientAddress)
  const site = network.includes(':') ? [[`site:${toNetwork(clientAddress, 3)}`, TIMES_WIDER] as const] : []
  return [[`address:${network}`, 1], ...site]
}

/**
 * An IPv4 address itself, or the /64 of an IPv6 one: one client may use any address in it (RFC 6177).
 *
 * @param groups - How many groups of 16 bits of an IPv6 address count.
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
