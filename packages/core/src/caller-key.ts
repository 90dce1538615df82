import type { McpHandlerRequestOptions } from './options.ts'
import { principalOf } from './principal.ts'

/** What tells one caller from another: its identity, else the network of its address; undefined where neither is known. */
export function callerKey({ authInfo, clientAddress }: McpHandlerRequestOptions): string | undefined {
  if (authInfo) return `principal:${principalOf(authInfo)}`
  return clientAddress && `address:${networkOf(clientAddress)}`
}

/** An IPv4 address itself, or the /64 of an IPv6 one: one client may use any address in it (RFC 6177). */
export function networkOf(address: string): string {
  const [bare = ''] = address.toLowerCase().split('%')
  const mapped = /^::ffff:([\d.]+)$/.exec(bare)?.[1]
  if (mapped !== undefined || !bare.includes(':')) return mapped ?? bare
  const [head = '', tail] = bare.split('::')
  const groups = head.split(':').filter(Boolean)
  const after = (tail ?? '').split(':').filter(Boolean)
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length)
  return [...groups, ...Array<string>(zeros).fill('0'), ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
