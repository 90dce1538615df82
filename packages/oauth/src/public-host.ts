import ipaddr from 'ipaddr.js'

/** Resolves a name to all of its addresses. */
export type Lookup = (hostname: string) => Promise<readonly string[]>

const PRIVATE_NAMES = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|test|invalid|onion|home\.arpa)$/

/** Whether a name may be one of the public internet: no address, no single label, no private-use domain. */
export function isPublicName(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '').toLowerCase()
  return name.includes('.') && !name.startsWith('[') && !ipaddr.isValid(name) && !PRIVATE_NAMES.test(name)
}

/** Whether an address is of the public internet: not private, loopback, link-local or otherwise special. */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/%.*$/s, '')
  if (!ipaddr.isValid(bare)) return false
  const parsed = ipaddr.process(bare)
  // what translates to an IPv4 address may lead inside
  return parsed.range() === 'unicast'
}

/** The runtime's own resolver; undefined where it has none, as on Workers. */
export function systemLookup(): Lookup | undefined {
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
