import ipaddr from 'ipaddr.js'

/** Resolves a hostname to all of its addresses. */
export type Lookup = (hostname: string) => Promise<readonly string[]>

const PRIVATE_NAMES = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|test|invalid|onion|home\.arpa)$/

/** Whether a hostname can be public: not an address, not a single label, and not in a private-use domain. */
export function isPublicName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '').toLowerCase()
  return name.includes('.') && !name.startsWith('[') && !ipaddr.isValid(name) && !PRIVATE_NAMES.test(name)
}

/** Whether an address is public: not private, loopback, link-local or otherwise special. */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/%.*$/s, '')
  if (!ipaddr.isValid(bare)) return false
  const parsed = ipaddr.process(bare)
  // `process` converts IPv4-mapped addresses. Other translated addresses (NAT64, 6to4) are not unicast, as they may lead to
  // a private network.
  return parsed.range() === 'unicast'
}

/** Returns the resolver of the runtime; undefined if it has none, as on Workers. */
export function getSystemLookup(): Lookup | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => DnsModule | undefined }
  }
  const dns = process?.getBuiltinModule?.('node:dns')
  const lookup = dns?.promises?.lookup
  if (!lookup) return undefined
  return async (hostname) => (await lookup(hostname, { all: true })).map(({ address }) => address)
}

interface DnsModule {
  promises?: { lookup?: (hostname: string, options: { all: true }) => Promise<{ address: string }[]> }
}
