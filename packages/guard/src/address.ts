import { rememberLast } from '@portico-mcp/core/internal'
import ipaddr from 'ipaddr.js'

/** A range of addresses. */
export type Cidr = ReturnType<typeof ipaddr.parseCIDR>

/**
 * Parses and normalizes an IP address. An IPv4-mapped IPv6 address becomes IPv4. Zone and port are removed. Returns
 * `undefined` for anything else.
 */
export const parseAddress: (text: string) => string | undefined = rememberLast((text) => {
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? []
  const [, v4 = text] = /^([\d.]+):\d+$/.exec(text) ?? []
  const bare = (bracketed ?? v4).replace(/%.*$/s, '')
  const isAddress = bare.includes(':') ? ipaddr.IPv6.isValid(bare) : ipaddr.IPv4.isValidFourPartDecimal(bare)
  return isAddress ? ipaddr.process(bare).toString() : undefined
})

/** Parses a CIDR range or a single address. Returns `undefined` for anything else. */
export function readCidr(text: string): Cidr | undefined {
  const address = parseAddress(text)
  if (address !== undefined) return ipaddr.parseCIDR(`${address}/${address.includes(':') ? 128 : 32}`)
  const isRange = text.includes(':')
    ? ipaddr.IPv6.isValidCIDR(text)
    : ipaddr.IPv4.isValidCIDRFourPartDecimal(text)
  return isRange ? ipaddr.parseCIDR(text) : undefined
}

/**
 * Parses a CIDR range or a single address.
 *
 * @throws TypeError if the text is neither.
 */
export function parseCidr(text: string): Cidr {
  const range = readCidr(text)
  if (!range) throw new TypeError(`trustProxy: "${text}" is neither an IP address nor a CIDR range`)
  return range
}

/** Whether an address is in a range. */
export function isWithin(address: string, [network, bits]: Cidr): boolean {
  const parsed = ipaddr.parse(address)
  return parsed.kind() === network.kind() && parsed.match(network, bits)
}

/**
 * Returns the networks that belong to one client, the smallest first: an IPv4 address itself, or the /64 of an IPv6
 * address and the /48 that providers assign to a site (RFC 6177).
 */
export function listNetworks(address: string): [string, ...string[]] {
  return address.includes(':') ? [getPrefix(address, 64), getPrefix(address, 48)] : [address]
}

const getPrefix = (address: string, bits: number): string =>
  `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/${bits}`).toString()}/${bits}`
